/// The transfer between ranks of one host that see each other's gradients and have one arena of
/// parameters in common: nothing is copied, the ranks only tell each other how far they are. An owner
/// adds up all shards where they are.
///
/// Safe to share because of who calls what, and when: see `BucketTransfer`. Between ranks, barriers
/// order it: nobody reads a bucket's gradients before all have written them, or the parameters before
/// all have been updated.
public final class SharedMemoryTransfer: BucketTransfer, @unchecked Sendable {
  /// By shard, of all ranks.
  private let gradients: [UnsafeMutablePointer<Float>]
  private let wire: WireFormat

  /// - Parameters:
  ///   - gradients: an arena for each shard of all ranks, which must outlive this.
  ///   - wire: decides what is rounded, although nothing is sent.
  public init(gradients: [UnsafeMutablePointer<Float>], wire: WireFormat) {
    self.gradients = gradients
    self.wire = wire
  }

  public func addsShards(_ sums: PartialSums) -> Bool { false }

  public func addShards(_ sums: PartialSums, _ range: Range<Int>) {}

  public func startSending(
    _ bucket: Int, _ sums: PartialSums, _ communicator: any Communicator
  ) throws -> [any PendingOperation] {
    [try communicator.startBarrier(.gradients)]
  }

  public func sum(
    _ bucket: Int, _ range: Range<Int>, _ sums: PartialSums, scratch: UnsafeMutablePointer<Float>
  ) -> UnsafePointer<Float> {
    if sums.activeShards == 1, !sums.roundsTotal {
      return UnsafePointer(gradients[0] + range.lowerBound)
    }
    addUp(range, sums, into: scratch)
    return UnsafePointer(scratch)
  }

  public func keepSum(
    _ bucket: Int, _ range: Range<Int>, _ sums: PartialSums
  ) -> UnsafeMutablePointer<Float> {
    let total = total(bucket, range, sums)
    addUp(range, sums, into: total)
    return total
  }

  public func total(
    _ bucket: Int, _ range: Range<Int>, _ sums: PartialSums
  ) -> UnsafeMutablePointer<Float> {
    gradients[0] + range.lowerBound
  }

  public var changes: UnsafeMutablePointer<BFloat16Bits>? { nil }

  public func startReturning(
    _ bucket: Int, _ communicator: any Communicator
  ) throws -> any PendingOperation {
    try communicator.startBarrier(.parameters)
  }

  public func bytesSent(_ sums: PartialSums) -> Int { 0 }

  private func addUp(
    _ range: Range<Int>, _ sums: PartialSums, into sum: UnsafeMutablePointer<Float>
  ) {
    withStarts(gradients.prefix(sums.activeShards), range) {
      wire.addUp($0, of: gradients.count, into: sum, count: range.count)
    }
  }
}
