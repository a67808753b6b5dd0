/// How a mini-batch is cut into logical shards, and whose they are. A pure function of its numbers,
/// so that nothing about the result depends on threads.
package struct ShardDivision: Hashable, Sendable {
  package let shards: Int

  package init(shards: Int) {
    self.shards = shards
  }

  /// The images of each shard: `images / shards` each, and one more for the first
  /// `images % shards`. Shards without an image are empty and at the end.
  package func range(ofShard shard: Int, images: Int) -> Range<Int> {
    let least = images / shards
    let larger = images % shards
    let start = shard * least + min(shard, larger)
    return start..<(start + least + (shard < larger ? 1 : 0))
  }

  /// How many shards have images.
  package func active(images: Int) -> Int { min(shards, images) }

  /// The consecutive shards that a worker computes; they need not divide evenly.
  package func owned(by worker: Int, of workers: Int) -> Range<Int> {
    (shards * worker / workers)..<(shards * (worker + 1) / workers)
  }

  /// The different numbers of images that shards of a mini-batch have, without 0.
  package func imageCounts(images: Int) -> Set<Int> {
    let least = images / shards
    return Set([least, images % shards > 0 ? least + 1 : least].filter { $0 > 0 })
  }
}
