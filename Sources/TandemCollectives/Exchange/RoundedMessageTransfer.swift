import CKernels

/// The transfer by messages in bfloat16, between any hosts: partial sums of gradients go to the owners of
/// slices, changes of parameters come back; see `WireFormat`.
///
/// This rank's partial sums are packed bucket by bucket, its own slices too, so that all partials are
/// rounded alike. The memory of the first one is used once more on the way back: what was packed for
/// others has been sent by then, and a block of the own slice is added up before its changes are known.
///
/// Safe to share because of who calls what, and when: see `BucketTransfer`.
public final class RoundedMessageTransfer: BucketTransfer, @unchecked Sendable {
  private let plan: ExchangePlan
  private let shardGradients: [UnsafeMutablePointer<Float>]
  /// By partial sum of this rank.
  private let packed: [UnsafeMutablePointer<BFloat16Bits>]
  private let received: UnsafeMutablePointer<BFloat16Bits>

  /// - Parameters:
  ///   - shardGradients: one arena for each of this rank's shards, in their order. The first one takes the
  ///     sums of the own slices.
  ///   - packed: arenas with the same layout, one for each of this rank's partial sums, and one at least.
  ///   - received: memory for the partial sums of others, `ExchangePlan.receivedElements`.
  ///
  /// All must outlive this.
  public init(
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

  public func addsShards(_ sums: PartialSums) -> Bool { !sums.own.isEmpty }

  public func addShards(_ sums: PartialSums, _ range: Range<Int>) {
    for (index, partial) in sums.own.enumerated() {
      let first = plan.shards[plan.rank].lowerBound
      let shards = partial.lowerBound - first..<partial.upperBound - first
      withStarts(shardGradients[shards], range) {
        tandem_pack_shard_sum(
          packed[index] + range.lowerBound, $0.baseAddress, $0.count, range.count)
      }
    }
  }

  public func startSending(
    _ bucket: Int, _ sums: PartialSums, _ communicator: any Communicator
  ) throws -> [any PendingOperation] {
    try plan.startSending(bucket, sums, into: received, communicator) { packed[$0] }
  }

  public func sum(
    _ bucket: Int, _ range: Range<Int>, _ sums: PartialSums, scratch: UnsafeMutablePointer<Float>
  ) -> UnsafePointer<Float> {
    addUp(bucket, range, sums, into: scratch)
    return UnsafePointer(scratch)
  }

  public func keepSum(
    _ bucket: Int, _ range: Range<Int>, _ sums: PartialSums
  ) -> UnsafeMutablePointer<Float> {
    let total = total(bucket, range, sums)
    addUp(bucket, range, sums, into: total)
    return total
  }

  public func total(
    _ bucket: Int, _ range: Range<Int>, _ sums: PartialSums
  ) -> UnsafeMutablePointer<Float> {
    shardGradients[0] + range.lowerBound
  }

  public var changes: UnsafeMutablePointer<BFloat16Bits>? { packed[0] }

  public func startReturning(
    _ bucket: Int, _ communicator: any Communicator
  ) throws -> any PendingOperation {
    try communicator.startAllGather(.parameters, packed[0], parts: plan.slices[bucket])
  }

  public func bytesSent(_ sums: PartialSums) -> Int { plan.bytesSent(sums) }

  /// The last addition makes the sum of all shards, which is not rounded unless some have no images.
  private func addUp(
    _ bucket: Int, _ range: Range<Int>, _ sums: PartialSums, into sum: UnsafeMutablePointer<Float>
  ) {
    let rounded = sums.roundsTotal ? sums.additions[...] : sums.additions.dropLast()
    for addition in rounded {
      tandem_add_bfloat16(
        partial(addition.destination, bucket, range, sums),
        partial(addition.source, bucket, range, sums), range.count)
    }
    guard let last = sums.additions.last, !sums.roundsTotal else {
      tandem_floats_from_bfloat16(sum, partial(0, bucket, range, sums), range.count)
      return
    }
    tandem_sum_two_bfloat16(
      sum, partial(last.destination, bucket, range, sums),
      partial(last.source, bucket, range, sums), range.count)
  }

  private func partial(
    _ number: Int, _ bucket: Int, _ range: Range<Int>, _ sums: PartialSums
  ) -> UnsafeMutablePointer<BFloat16Bits> {
    switch sums.place(number) {
    case .own(let index):
      return packed[index] + range.lowerBound
    case .foreign(let place):
      return received + plan.receivedOffset(bucket: bucket, place: place, sums)
        + (range.lowerBound - plan.ownSlice(bucket).lowerBound)
    }
  }
}
