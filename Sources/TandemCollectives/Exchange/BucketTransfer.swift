/// The gradients and parameters of a rank on their way to other ranks and back, bucket by bucket:
/// an owner gets what it needs to add up the gradients of its slice; all get the parameters that it
/// has updated, or what it has added to them.
///
/// Calls come from several threads, in this order for each bucket of a step: `addShards` of all its
/// ranges, each by any thread, if `addsShards`; `startSending` by the thread that has the
/// communicator; when that has finished on this rank, `sum` (or `keepSum`) of all ranges of the own
/// slice, each by any thread; `startReturning` by the thread that has the communicator.
package protocol BucketTransfer: AnyObject, Sendable {
  /// Whether this rank has to call `addShards` before it can send.
  func addsShards(_ bucket: Int, _ sums: BucketSums) -> Bool

  /// Adds up what this rank can of its own shards within a range of a bucket, and makes it ready to
  /// be sent.
  func addShards(_ bucket: Int, _ range: Range<Int>, _ sums: BucketSums)

  /// Starts giving this rank's gradients of a bucket to the owners of its slices, and getting those
  /// of others.
  func startSending(
    _ bucket: Int, _ sums: BucketSums, _ communicator: any Communicator
  ) throws -> [any PendingOperation]

  /// Adds up the gradients of all shards, in the order of the shard tree, for a range of this
  /// rank's slice.
  ///
  /// - Parameter scratch: memory for as many elements, which may be used.
  /// - Returns: the sum, beginning with the range's first element; only until the next call.
  func sum(
    _ bucket: Int, _ range: Range<Int>, _ sums: BucketSums, scratch: UnsafeMutablePointer<Float>
  ) -> UnsafePointer<Float>

  /// The same; the sum stays until the end of the step.
  func keepSum(
    _ bucket: Int, _ range: Range<Int>, _ sums: BucketSums
  ) -> UnsafeMutablePointer<Float>

  /// Where `keepSum` left the sum of a range.
  func total(
    _ bucket: Int, _ range: Range<Int>, _ sums: BucketSums
  ) -> UnsafeMutablePointer<Float>

  /// Where owners write the changes of their parameters, rounded, before `startReturning`, and
  /// where the changes of others are when it has finished; laid out as the parameters are. nil if
  /// there is nobody to tell, or parameters travel as they are.
  var changes: UnsafeMutablePointer<BFloat16Bits>? { get }

  /// Starts giving this rank's slice of the parameters to all that need it, or of `changes`, and
  /// getting the others'.
  func startReturning(
    _ bucket: Int, _ communicator: any Communicator
  ) throws -> [any PendingOperation]

  /// The bytes of gradients and parameters that this rank sends in one step.
  func bytesSent(_ sums: BucketSums) -> Int
}

extension BucketTransfer {
  /// Calls `body` with where a range begins in the gradients of each of some shards.
  func withStarts(
    _ gradients: some Collection<UnsafeMutablePointer<Float>>, _ range: Range<Int>,
    _ body: (UnsafeBufferPointer<UnsafePointer<Float>?>) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: gradients.count) {
      for (index, gradients) in gradients.enumerated() {
        $0.initializeElement(at: index, to: gradients + range.lowerBound)
      }
      body(UnsafeBufferPointer($0))
    }
  }
}
