/// The transfer between ranks of one host that see each other's gradients and have one arena of
/// parameters in common: nothing is copied, the ranks only tell each other how far they are. An
/// owner adds up all shards where they are.
///
/// Safe to share because of who calls what, and when: see `BucketTransfer`. Between ranks, barriers
/// order it: nobody reads a bucket's gradients before all have written them, or the parameters
/// before all have been updated.
package final class SharedMemoryTransfer: BucketTransfer, @unchecked Sendable {
  /// The gradients of each shard of all ranks.
  private let gradients: [UnsafeMutablePointer<Float>]
  private let wire: WireFormat

  /// - Parameters:
  ///   - gradients: an arena for each shard of all ranks, which must outlive this.
  ///   - wire: decides what is rounded, although nothing is sent.
  package init(gradients: [UnsafeMutablePointer<Float>], wire: WireFormat) {
    self.gradients = gradients
    self.wire = wire
  }

  package func addsShards(_ bucket: Int, _ sums: BucketSums) -> Bool { false }

  package func addShards(_ bucket: Int, _ range: Range<Int>, _ sums: BucketSums) {}

  package func startSending(
    _ bucket: Int, _ sums: BucketSums, _ communicator: any Communicator
  ) throws -> [any PendingOperation] {
    [try communicator.startBarrier(.gradients)]
  }

  package func sum(
    _ bucket: Int, _ range: Range<Int>, _ sums: BucketSums, scratch: UnsafeMutablePointer<Float>
  ) -> UnsafePointer<Float> {
    let sums = sums[bucket]
    if sums.shards.count == 1, !sums.roundsTotal {
      return UnsafePointer(gradients[sums.shards[0]] + range.lowerBound)
    }
    addUp(range, sums, into: scratch)
    return UnsafePointer(scratch)
  }

  package func keepSum(
    _ bucket: Int, _ range: Range<Int>, _ sums: BucketSums
  ) -> UnsafeMutablePointer<Float> {
    let total = total(bucket, range, sums)
    addUp(range, sums[bucket], into: total)
    return total
  }

  package func total(
    _ bucket: Int, _ range: Range<Int>, _ sums: BucketSums
  ) -> UnsafeMutablePointer<Float> {
    gradients[sums[bucket].shards[0]] + range.lowerBound
  }

  package var changes: UnsafeMutablePointer<BFloat16Bits>? { nil }

  package func startReturning(
    _ bucket: Int, _ communicator: any Communicator
  ) throws -> [any PendingOperation] {
    [try communicator.startBarrier(.parameters)]
  }

  package func bytesSent(_ sums: BucketSums) -> Int { 0 }

  private func addUp(
    _ range: Range<Int>, _ sums: PartialSums, into sum: UnsafeMutablePointer<Float>
  ) {
    withStarts(sums.shards.lazy.map { self.gradients[$0] }, range) {
      wire.addUp($0, of: sums.shardCount, into: sum, count: range.count)
    }
  }
}
