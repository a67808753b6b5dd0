import TandemNetwork

/// How a mini-batch is cut into logical shards, and whose they are. A pure function of its numbers,
/// so that nothing about the result depends on threads.
package struct ShardDivision: Hashable, Sendable {
  package let shards: Int
  /// Where shards are devices of model groups, which compute images of a data part together.
  package let mesh: Mesh?
  /// Whether such devices read all images of the data part, instead of those that they have to
  /// themselves.
  package let readsParts: Bool
  /// The most images of a shard that are computed at once; nil for all.
  package let microBatchSize: Int?
  /// How many pieces of a data part dense layers of devices compute one after the other.
  package let pieces: Int

  package init(
    shards: Int, microBatchSize: Int? = nil, mesh: Mesh? = nil, readsParts: Bool = true,
    pieces: Int = 1
  ) {
    precondition(mesh.map { $0.devices == shards } ?? true, "a shard for each device")
    self.shards = shards
    self.mesh = mesh
    self.readsParts = readsParts
    self.microBatchSize = microBatchSize
    self.pieces = pieces
  }

  /// The images of each shard: `images / shards` each, and one more for `images % shards` of them.
  /// These are spread evenly, beginning with the first, so that workers with as many shards have as
  /// many images, or one more. Shards without an image are empty and at the end.
  package func range(ofShard shard: Int, images: Int) -> Range<Int> {
    guard let mesh else {
      if images < shards { return Self.range(shard, of: shards, images: images) }
      return (images * shard + shards - 1) / shards..<(images * (shard + 1) + shards - 1) / shards
    }
    let part = part(ofShard: shard, images: images)
    let own = Self.range(shard % mesh.model, of: mesh.model, images: part.count)
    return part.lowerBound + own.lowerBound..<part.lowerBound + own.upperBound
  }

  /// The images of the data part that a shard's device works on with the others of its group; those
  /// of the shard where it works alone.
  package func part(ofShard shard: Int, images: Int) -> Range<Int> {
    guard let mesh else { return range(ofShard: shard, images: images) }
    return Self.range(shard / mesh.model, of: mesh.data, images: images)
  }

  /// Nearly equal parts, larger ones first.
  private static func range(_ shard: Int, of shards: Int, images: Int) -> Range<Int> {
    let least = images / shards
    let larger = images % shards
    let start = shard * least + min(shard, larger)
    return start..<(start + least + (shard < larger ? 1 : 0))
  }

  /// The images of consecutive shards.
  package func range(ofShards shards: Range<Int>, images: Int) -> Range<Int> {
    guard let last = shards.last else { return 0..<0 }
    return range(ofShard: shards.lowerBound, images: images)
      .lowerBound..<range(ofShard: last, images: images).upperBound
  }

  /// The images that consecutive shards read.
  package func read(byShards shards: Range<Int>, images: Int) -> Range<Int> {
    guard mesh != nil, readsParts, let first = shards.first, let last = shards.last else {
      return range(ofShards: shards, images: images)
    }
    return part(ofShard: first, images: images)
      .lowerBound..<part(ofShard: last, images: images).upperBound
  }

  /// How many shards have images.
  package func active(images: Int) -> Int { min(shards, images) }

  /// The consecutive shards that a worker computes; they need not divide evenly.
  package func owned(by worker: Int, of workers: Int) -> Range<Int> {
    (shards * worker / workers)..<(shards * (worker + 1) / workers)
  }

  /// How many images a shard has at most.
  package func mostImages(images: Int) -> Int { (images + shards - 1) / shards }

  /// The parts in which a shard's images are computed, one after the other: as few as possible, and
  /// nearly equal.
  package func microBatches(ofShard range: Range<Int>) -> [Range<Int>] {
    guard let microBatchSize, range.count > microBatchSize else { return [range] }
    let parts = (range.count + microBatchSize - 1) / microBatchSize
    let division = ShardDivision(shards: parts)
    return (0..<parts).map {
      let part = division.range(ofShard: $0, images: range.count)
      return range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound
    }
  }

  /// The plans that compute a mini-batch; for devices, those of some shards.
  func planKeys(images: Int, ofShards shards: Range<Int>) -> Set<PlanKey> {
    guard mesh != nil else { return Set(imageCounts(images: images).map { PlanKey(images: $0) }) }
    let pieces = shards.flatMap { self.pieces(ofShard: $0, images: images).map(\.key) }
    return Set(shards.map { planKey(ofShard: $0, images: images) } + pieces)
  }

  /// The plan of a device.
  func planKey(ofShard shard: Int, images: Int) -> PlanKey {
    guard let mesh else { preconditionFailure("shards are no devices") }
    let member = shard % mesh.model
    return PlanKey(
      images: group(ofShard: shard, mesh).map { range(ofShard: $0, images: images).count },
      member: member)
  }

  /// The devices of a shard's model group.
  private func group(ofShard shard: Int, _ mesh: Mesh) -> Range<Int> {
    let first = shard - shard % mesh.model
    return first..<first + mesh.model
  }

  /// The pieces of its data part that a shard's device computes with the others of its group; none
  /// where it computes all at once.
  ///
  /// A piece has images of each device: a share of its own ones (Krizhevsky 2014, scheme c). Where
  /// a device of any group has fewer images than there should be pieces, there are as many as it
  /// has images: all groups come to the same crossings.
  package func pieces(ofShard shard: Int, images: Int) -> [BatchPiece] {
    guard let mesh, pieces > 1 else { return [] }
    let own = group(ofShard: shard, mesh).map { range(ofShard: $0, images: images) }
    let count = min(pieces, images / mesh.devices)
    return (0..<count).map { piece in
      let shares = own.map { range in
        let share = Self.range(piece, of: count, images: range.count)
        return range.lowerBound + share.lowerBound..<range.lowerBound + share.upperBound
      }
      let member = shard % mesh.model
      return BatchPiece(
        images: shares, own: shares[member],
        key: PlanKey(images: own.map(\.count), member: member, piece: shares.map(\.count)))
    }
  }

  /// The different numbers of images that are computed at once for a mini-batch.
  package func imageCounts(images: Int) -> Set<Int> {
    let shards = [0, active(images: images) - 1].map { range(ofShard: $0, images: images) }
    return Set(shards.flatMap { microBatches(ofShard: $0).map(\.count) })
  }
}
