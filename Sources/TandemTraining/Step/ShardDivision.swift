import TandemNetwork

/// How a mini-batch is cut into logical shards, and whose they are. A pure function of its numbers,
/// so that nothing about the result depends on threads.
package struct ShardDivision: Hashable, Sendable {
  package let shards: Int
  /// Where shards are devices of model groups, which compute images of a data part together.
  package let mesh: Mesh?
  /// Whether such devices read all images of the data part, instead of those that they have to themselves.
  package let readsParts: Bool
  /// The most images of a shard that are computed at once; nil for all.
  package let microBatchSize: Int?

  package init(
    shards: Int, microBatchSize: Int? = nil, mesh: Mesh? = nil, readsParts: Bool = true
  ) {
    precondition(mesh.map { $0.devices == shards } ?? true, "a shard for each device")
    self.shards = shards
    self.mesh = mesh
    self.readsParts = readsParts
    self.microBatchSize = microBatchSize
  }

  /// The images of each shard: `images / shards` each, and one more for the first
  /// `images % shards`. Shards without an image are empty and at the end.
  package func range(ofShard shard: Int, images: Int) -> Range<Int> {
    guard let mesh else { return Self.range(shard, of: shards, images: images) }
    let part = part(ofShard: shard, images: images)
    let own = Self.range(shard % mesh.model, of: mesh.model, images: part.count)
    return part.lowerBound + own.lowerBound..<part.lowerBound + own.upperBound
  }

  /// The images of the data part that a shard's device works on with the others of its group; those of
  /// the shard where it works alone.
  package func part(ofShard shard: Int, images: Int) -> Range<Int> {
    guard let mesh else { return range(ofShard: shard, images: images) }
    return Self.range(shard / mesh.model, of: mesh.data, images: images)
  }

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
    return Set(shards.map { planKey(ofShard: $0, images: images) })
  }

  /// The plan of a device.
  func planKey(ofShard shard: Int, images: Int) -> PlanKey {
    guard let mesh else { preconditionFailure("shards are no devices") }
    let member = shard % mesh.model
    let group = shard - member..<shard - member + mesh.model
    return PlanKey(
      images: group.map { range(ofShard: $0, images: images).count }, member: member)
  }

  /// The different numbers of images that are computed at once for a mini-batch.
  package func imageCounts(images: Int) -> Set<Int> {
    let shards = [0, active(images: images) - 1].map { range(ofShard: $0, images: images) }
    return Set(shards.flatMap { microBatches(ofShard: $0).map(\.count) })
  }
}
