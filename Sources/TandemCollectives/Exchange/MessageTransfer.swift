import CKernels

/// The transfer by messages in float32, between any hosts: partial sums of gradients go to the
/// owners of slices, updated parameters come back.
///
/// Safe to share because of who calls what, and when: see `BucketTransfer`.
package final class MessageTransfer: BucketTransfer, @unchecked Sendable {
  private let plan: ExchangePlan
  private let shardGradients: [UnsafeMutablePointer<Float>]
  private let parameters: UnsafeMutablePointer<Float>
  private let received: UnsafeMutablePointer<Float>

  /// - Parameters:
  ///   - shardGradients: one arena for each of this rank's shards, in their order.
  ///   - parameters: an arena with the same layout.
  ///   - received: memory for the partial sums of others, `BucketSums.receivedElements`.
  ///
  /// All must outlive this.
  package init(
    _ plan: ExchangePlan, shardGradients: [UnsafeMutablePointer<Float>],
    parameters: UnsafeMutablePointer<Float>, received: UnsafeMutablePointer<Float>
  ) {
    precondition(shardGradients.count == plan.shards[plan.rank].count)
    self.plan = plan
    self.shardGradients = shardGradients
    self.parameters = parameters
    self.received = received
  }

  package func addsShards(_ bucket: Int, _ sums: BucketSums) -> Bool { sums[bucket].addsShards }

  /// Each of the rank's partial sums comes to be in the gradients of the partial's first shard.
  package func addShards(_ bucket: Int, _ range: Range<Int>, _ sums: BucketSums) {
    let sums = sums[bucket]
    for partial in sums.own where partial.count > 1 {
      let shards = sums.shards[partial]
      withStarts(shards.lazy.map { self.gradients(ofShard: $0) }, range) {
        tandem_sum_shards(
          gradients(ofShard: shards[shards.startIndex]) + range.lowerBound, $0.baseAddress,
          $0.count, range.count)
      }
    }
  }

  package func startSending(
    _ bucket: Int, _ sums: BucketSums, _ communicator: any Communicator
  ) throws -> [any PendingOperation] {
    let own = sums[bucket]
    return try plan.startSending(bucket, sums, into: received, communicator) {
      gradients(ofShard: own.shards[own.own[$0].lowerBound])
    }
  }

  package func sum(
    _ bucket: Int, _ range: Range<Int>, _ sums: BucketSums, scratch: UnsafeMutablePointer<Float>
  ) -> UnsafePointer<Float> {
    UnsafePointer(keepSum(bucket, range, sums))
  }

  package func keepSum(
    _ bucket: Int, _ range: Range<Int>, _ sums: BucketSums
  ) -> UnsafeMutablePointer<Float> {
    for addition in sums[bucket].additions {
      tandem_add(
        partial(addition.destination, bucket, range, sums),
        partial(addition.source, bucket, range, sums), range.count)
    }
    return total(bucket, range, sums)
  }

  package func total(
    _ bucket: Int, _ range: Range<Int>, _ sums: BucketSums
  ) -> UnsafeMutablePointer<Float> {
    partial(0, bucket, range, sums)
  }

  package var changes: UnsafeMutablePointer<BFloat16Bits>? { nil }

  package func startReturning(
    _ bucket: Int, _ communicator: any Communicator
  ) throws -> [any PendingOperation] {
    try plan.startReturning(bucket, parameters, communicator)
  }

  package func bytesSent(_ sums: BucketSums) -> Int { plan.bytesSent(sums) }

  private func partial(
    _ number: Int, _ bucket: Int, _ range: Range<Int>, _ sums: BucketSums
  ) -> UnsafeMutablePointer<Float> {
    let own = sums[bucket]
    switch own.place(number) {
    case .own(let index):
      return gradients(ofShard: own.shards[own.own[index].lowerBound]) + range.lowerBound
    case .foreign(let place):
      return received + plan.receivedOffset(bucket: bucket, place: place, sums)
        + (range.lowerBound - plan.ownSlice(bucket).lowerBound)
    }
  }

  private func gradients(ofShard shard: Int) -> UnsafeMutablePointer<Float> {
    shardGradients[shard - plan.shards[plan.rank].lowerBound]
  }
}
