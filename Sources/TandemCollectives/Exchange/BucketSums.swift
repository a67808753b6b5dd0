/// The partial sums of all buckets, for a number of shards that have images.
package struct BucketSums: Hashable, Sendable {
  /// The partial sums of each set of shards that some bucket has gradients of.
  private let sums: [PartialSums]
  /// Which of them, by bucket.
  private let numbers: [Int]
  /// The places where each bucket's partial sums of other ranks begin in the memory for what is
  /// received; behind them where the memory ends.
  let receivedStarts: [Int]

  /// - Parameter activeShards: the first so many have images.
  init(_ plan: ExchangePlan, activeShards: Int) {
    var known: [[Int]: Int] = [:]
    var sums: [PartialSums] = []
    numbers = plan.shardsOfBucket.map { shards in
      if let number = known[shards] { return number }
      known[shards] = sums.count
      sums.append(
        PartialSums(
          rank: plan.rank, shards: shards, shardsOfRanks: plan.shards, activeShards: activeShards,
          wire: plan.wire))
      return sums.count - 1
    }
    self.sums = sums
    var starts = [0]
    for (bucket, number) in numbers.enumerated() {
      let isReceived = !plan.unsent.contains(bucket)
      starts.append(
        starts[bucket]
          + (isReceived ? sums[number].foreignCount * plan.ownSlice(bucket).count : 0))
    }
    receivedStarts = starts
  }

  package subscript(bucket: Int) -> PartialSums { sums[numbers[bucket]] }

  /// The elements that this rank must have memory for to receive the partial sums of others, at
  /// most.
  package var receivedElements: Int { receivedStarts[receivedStarts.count - 1] }

  /// The most partial sums that this rank makes of a bucket.
  package var mostOwn: Int { sums.map(\.own.count).max() ?? 0 }
}
