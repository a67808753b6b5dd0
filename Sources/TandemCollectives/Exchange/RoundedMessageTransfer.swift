import CKernels

/// The transfer by messages in bfloat16, between any hosts: partial sums of gradients go to the
/// owners of slices, changes of parameters come back; see `WireFormat`.
///
/// This rank's partial sums are packed bucket by bucket, its own slices too, so that all partials
/// are rounded alike; only a bucket that a single shard has is neither added nor sent, nor rounded.
/// The memory of the first one is used once more on the way back: what was packed for others has
/// been sent by then, and a block of the own slice is added up before its changes are known.
///
/// Safe to share because of who calls what, and when: see `BucketTransfer`.
package final class RoundedMessageTransfer: BucketTransfer, @unchecked Sendable {
  private let plan: ExchangePlan
  private let shardGradients: [UnsafeMutablePointer<Float>]
  /// The rounded numbers of each partial sum of this rank.
  private let packed: [UnsafeMutablePointer<BFloat16Bits>]
  private let received: UnsafeMutablePointer<BFloat16Bits>

  /// - Parameters:
  ///   - shardGradients: one arena for each of this rank's shards, in their order. The first one
  ///     takes the sums of the own slices.
  ///   - packed: arenas with the same layout, one for each of this rank's partial sums, and one at
  ///     least.
  ///   - received: memory for the partial sums of others, `BucketSums.receivedElements`.
  ///
  /// All must outlive this.
  package init(
    _ plan: ExchangePlan, shardGradients: [UnsafeMutablePointer<Float>],
    packed: [UnsafeMutablePointer<BFloat16Bits>], received: UnsafeMutablePointer<BFloat16Bits>
  ) {
    precondition(shardGradients.count == plan.shards[plan.rank].count && !packed.isEmpty)
    precondition(plan.ranks > 1, "the sum of all shards would be packed")
    self.plan = plan
    self.shardGradients = shardGradients
    self.packed = packed
    self.received = received
  }

  package func addsShards(_ bucket: Int, _ sums: BucketSums) -> Bool {
    !sums[bucket].own.isEmpty && !sums[bucket].isSingle
  }

  package func addShards(_ bucket: Int, _ range: Range<Int>, _ sums: BucketSums) {
    let sums = sums[bucket]
    for (index, partial) in sums.own.enumerated() {
      withStarts(sums.shards[partial].lazy.map { self.gradients(ofShard: $0) }, range) {
        tandem_pack_shard_sum(
          packed[index] + range.lowerBound, $0.baseAddress, $0.count, range.count)
      }
    }
  }

  package func startSending(
    _ bucket: Int, _ sums: BucketSums, _ communicator: any Communicator
  ) throws -> [any PendingOperation] {
    try plan.startSending(bucket, sums, into: received, communicator) { packed[$0] }
  }

  package func sum(
    _ bucket: Int, _ range: Range<Int>, _ sums: BucketSums, scratch: UnsafeMutablePointer<Float>
  ) -> UnsafePointer<Float> {
    if sums[bucket].isSingle { return UnsafePointer(total(bucket, range, sums)) }
    addUp(bucket, range, sums, into: scratch)
    return UnsafePointer(scratch)
  }

  package func keepSum(
    _ bucket: Int, _ range: Range<Int>, _ sums: BucketSums
  ) -> UnsafeMutablePointer<Float> {
    let total = total(bucket, range, sums)
    if !sums[bucket].isSingle { addUp(bucket, range, sums, into: total) }
    return total
  }

  package func total(
    _ bucket: Int, _ range: Range<Int>, _ sums: BucketSums
  ) -> UnsafeMutablePointer<Float> {
    guard let shard = sums[bucket].firstOwnShard else {
      preconditionFailure("an owner has gradients")
    }
    return gradients(ofShard: shard) + range.lowerBound
  }

  private func gradients(ofShard shard: Int) -> UnsafeMutablePointer<Float> {
    shardGradients[shard - plan.shards[plan.rank].lowerBound]
  }

  package var changes: UnsafeMutablePointer<BFloat16Bits>? { packed[0] }

  package func startReturning(
    _ bucket: Int, _ communicator: any Communicator
  ) throws -> [any PendingOperation] {
    try plan.startReturning(bucket, packed[0], communicator)
  }

  package func bytesSent(_ sums: BucketSums) -> Int { plan.bytesSent(sums) }

  /// The last addition makes the sum of all shards, which is not rounded unless some have no
  /// images.
  private func addUp(
    _ bucket: Int, _ range: Range<Int>, _ sums: BucketSums, into sum: UnsafeMutablePointer<Float>
  ) {
    let own = sums[bucket]
    let rounded = own.roundsTotal ? own.additions[...] : own.additions.dropLast()
    for addition in rounded {
      tandem_add_bfloat16(
        partial(addition.destination, bucket, range, sums),
        partial(addition.source, bucket, range, sums), range.count)
    }
    guard let last = own.additions.last, !own.roundsTotal else {
      tandem_floats_from_bfloat16(sum, partial(0, bucket, range, sums), range.count)
      return
    }
    tandem_sum_two_bfloat16(
      sum, partial(last.destination, bucket, range, sums),
      partial(last.source, bucket, range, sums), range.count)
  }

  private func partial(
    _ number: Int, _ bucket: Int, _ range: Range<Int>, _ sums: BucketSums
  ) -> UnsafeMutablePointer<BFloat16Bits> {
    switch sums[bucket].place(number) {
    case .own(let index):
      return packed[index] + range.lowerBound
    case .foreign(let place):
      return received + plan.receivedOffset(bucket: bucket, place: place, sums)
        + (range.lowerBound - plan.ownSlice(bucket).lowerBound)
    }
  }
}
