/// Which images of a step the shards of each rank hold: all mini-batches of a step are full, but
/// for the last one.
package struct BatchRows: Hashable, Sendable {
  package let batchSize: Int
  package let division: ShardDivision

  package init(batchSize: Int, division: ShardDivision) {
    self.batchSize = batchSize
    self.division = division
  }

  /// The mini-batches of a step with so many images: for each the images of the step that the
  /// shards `shards` hold.
  package func rows(ofShards shards: Range<Int>, images: Int) -> [Range<Int>] {
    stride(from: 0, to: images, by: batchSize).map { start in
      let count = min(batchSize, images - start)
      guard let first = shards.first, let last = shards.last else { return start..<start }
      let rows =
        division.range(ofShard: first, images: count)
        .lowerBound..<division.range(ofShard: last, images: count).upperBound
      return start + rows.lowerBound..<start + rows.upperBound
    }
  }
}
