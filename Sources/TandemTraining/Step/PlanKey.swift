/// What a plan is compiled for.
struct PlanKey: Hashable, Sendable {
  /// Images that are computed at once: of a shard, or of each device of a model group.
  let images: [Int]
  /// The device of the model group; 0 for a whole network.
  let member: Int
  /// Where dense layers compute the images in pieces: those of a piece, of each device, for the
  /// plan of these layers; nil for the plan of the layers before, and of a network that is computed
  /// as a whole.
  let piece: [Int]?

  /// The key of a whole network.
  init(images: Int) {
    self.init(images: [images], member: 0)
  }

  init(images: [Int], member: Int, piece: [Int]? = nil) {
    self.images = images
    self.member = member
    self.piece = piece
  }

  var order: [Int] { images + (piece ?? []) }
}
