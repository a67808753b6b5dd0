import TandemTensor

/// A place where the devices of a model group exchange activations: some layers need more of a
/// value than their devices have of it. However many layers read it, it moves once.
///
/// Backward is the mirror image: every device gives back the gradient of what it got, and whoever
/// has the value adds what comes back to its own. So what is received forward is sent backward.
package struct Crossing: Hashable, Sendable {
  /// The node whose output moves.
  package let source: Int
  /// The output's shape, `[C, H, W]` or `[F]`.
  package let shape: Shape
  /// What devices have; never `.whole`.
  package let from: Distribution
  /// What they need, all readers together; never `.whole`.
  package let to: Distribution
  /// The nodes that need what their devices do not have, in order; none at outputs.
  package let readers: [Int]
  /// Whether backward crosses too: not where nothing before it is trained, and not at outputs,
  /// where all devices have the loss of all.
  package let hasGradient: Bool

  package enum Kind: String, Hashable, Codable, Sendable {
    /// All channels from slices of them: all-gather forward, reduce-scatter backward.
    case gatherChannels = "gather channels"
    /// A few more channels than the own ones.
    case gatherSomeChannels = "gather some channels"
    /// All images from images of one's own: all-gather forward, reduce-scatter backward. Where
    /// hybrid networks change from `.data` to `.model`.
    case gatherImages = "gather images"
    /// From images of one's own to channels of one's own: all-to-all.
    case imagesToChannels = "images to channels"
    /// From channels of one's own to images of one's own: all-to-all.
    case channelsToImages = "channels to images"
  }

  package var kind: Kind {
    switch (from, to) {
    case (.images, .channels(let sets)):
      sets.allSatisfy { $0.count == shape.channels } ? .gatherImages : .imagesToChannels
    case (_, .channels(let sets)):
      sets.allSatisfy { $0.count == shape.channels } ? .gatherChannels : .gatherSomeChannels
    default: .channelsToImages
    }
  }

  /// Elements that a device gets from the others of its group in forward, and gives back in
  /// backward.
  package func elementsReceived(_ division: ImageDivision, part: Int, member: Int) -> Int {
    division.mesh.members.reduce(0) {
      $0 + elements(division, part: part, from: $1, to: member)
    }
  }

  /// Elements that a device gives to the others in forward, and gets back in backward.
  package func elementsSent(_ division: ImageDivision, part: Int, member: Int) -> Int {
    division.mesh.members.reduce(0) {
      $0 + elements(division, part: part, from: member, to: $1)
    }
  }

  /// Elements of the whole value as a device needs it, its own among them.
  package func elementsAssembled(_ division: ImageDivision, part: Int, member: Int) -> Int {
    to.images(division, part: part, member: member)
      * to.channels(ofMember: member, of: shape.channels).count * shape.elementsOfChannel
  }

  /// Elements that one device gives to another.
  private func elements(
    _ division: ImageDivision, part: Int, from giver: Int, to taker: Int
  ) -> Int {
    if giver == taker { return 0 }
    let given = from.channels(ofMember: giver, of: shape.channels)
    let needed = to.channels(ofMember: taker, of: shape.channels)
    let channels =
      switch from {
      case .channels(let held): needed.subtracting(held[taker]).intersection(given)
      case .images, .whole: needed
      }
    // Own images are those of one of the two; images of a data part are common to both.
    let images =
      switch (from, to) {
      case (.channels, .images): to.images(division, part: part, member: taker)
      default: from.images(division, part: part, member: giver)
      }
    return images * channels.count * shape.elementsOfChannel
  }
}

extension Mesh {
  /// The devices of a model group.
  var members: Range<Int> { 0..<model }
}
