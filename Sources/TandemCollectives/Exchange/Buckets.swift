/// How the gradient arena is cut into buckets, the pieces that are exchanged in one go.
///
/// As in PyTorch's DistributedDataParallel (Li et al. 2020, https://arxiv.org/abs/2006.15704):
/// backward fills the arena from its start, a small first bucket lets the exchange begin early, and
/// the others are large enough that the cost of each exchange does not matter.
package enum Buckets {
  /// Cuts the arena between parameters, never inside one.
  ///
  /// - Parameters:
  ///   - parameterElementCounts: elements of each parameter in arena order, padding included, so
  ///     that they add up to the arena.
  ///   - bucketBytes: a bucket is closed by the parameter with which it reaches this size.
  ///   - firstBucketBytes: the same for the first bucket.
  ///   - alone: parameters, by their place, that are buckets of their own.
  /// - Returns: ranges of elements that together cover the arena, in its order; none is empty.
  package static func form(
    parameterElementCounts: [Int], bucketBytes: Int, firstBucketBytes: Int, alone: Set<Int> = []
  ) -> [Range<Int>] {
    var buckets: [Range<Int>] = []
    var start = 0
    var end = 0
    func close() {
      if end > start { buckets.append(start..<end) }
      start = end
    }
    for (index, count) in parameterElementCounts.enumerated() {
      if alone.contains(index) { close() }
      end += count
      let limit = buckets.isEmpty ? firstBucketBytes : bucketBytes
      if alone.contains(index) || (end - start) * MemoryLayout<Float>.size >= limit { close() }
    }
    close()
    return buckets
  }

  /// The part of a range that belongs to one of `owners`: nearly equal parts in the range's order,
  /// cut at multiples of `alignment` elements so that no two owners write to one cache line.
  package static func slice(
    of range: Range<Int>, owner: Int, owners: Int, alignment: Int = 16
  ) -> Range<Int> {
    let lines = (range.count + alignment - 1) / alignment
    func cut(_ index: Int) -> Int {
      min(range.upperBound, range.lowerBound + lines * index / owners * alignment)
    }
    return cut(owner)..<cut(owner + 1)
  }
}
