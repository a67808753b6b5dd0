/// The collective operations among the ranks of a job.
///
/// Exactly one thread of each rank, the one that runs `Job.perform`, may call any of this, and all
/// ranks must start the same operations of a channel in the same order. Operations of different
/// channels may be under way at once, in any order.
///
/// Ranges of elements begin and end at multiples of `lineElements`, relative to the pointer they
/// come with: so counts fit into MPI's 32 bits for arenas of up to 2³⁵ elements.
package protocol Communicator: AnyObject {
  /// This process, 0 ..< `size`.
  var rank: Int { get }
  var size: Int { get }

  /// Starts sending `sends[r]` of `source` to each rank r and receiving `receives[r]` of
  /// `destination` from it. Empty ranges send nothing; what rank a sends to b must be as long as
  /// what b receives from a. Both memories must stay as they are until the operation has finished.
  func startAllToAll<Element: WireElement>(
    _ channel: CommunicatorChannel, from source: UnsafePointer<Element>, sends: [Range<Int>],
    into destination: UnsafeMutablePointer<Element>, receives: [Range<Int>]
  ) throws -> any PendingOperation

  /// Starts giving `parts[rank]` of `elements` to all other ranks and receiving `parts[r]` from
  /// each.
  func startAllGather<Element: WireElement>(
    _ channel: CommunicatorChannel, _ elements: UnsafeMutablePointer<Element>, parts: [Range<Int>]
  ) throws -> any PendingOperation

  /// Starts gathering as many bytes from each rank: `own` of this rank's, `all` (`size` times as
  /// many) in the order of the ranks.
  func startAllGather(
    _ channel: CommunicatorChannel, own: UnsafeRawBufferPointer,
    all: UnsafeMutableRawBufferPointer
  ) throws -> any PendingOperation

  /// Starts giving rank `root`'s bytes to all others.
  func startBroadcast(
    _ channel: CommunicatorChannel, _ bytes: UnsafeMutableRawBufferPointer, from root: Int
  ) throws -> any PendingOperation

  /// Starts a barrier: it has finished when all ranks have started it. What a rank wrote to shared
  /// memory before it started the barrier can be read by all when it has finished.
  func startBarrier(_ channel: CommunicatorChannel) throws -> any PendingOperation

  /// Makes memory that all ranks see, which lasts as long as the job; returns when all have come
  /// here. All ranks must be on one host.
  ///
  /// - Parameter byteCount: of this rank's part.
  /// - Returns: where each rank's part is, from the start of a page on, zeroed.
  /// - Throws: `JobError.noSharedMemory`.
  func shareMemory(byteCount: Int) throws -> [UnsafeMutableRawPointer]

  /// Moves operations on and says whether this one has finished. Does not wait.
  /// - Throws: `JobError` if the operation failed or the job ends because of another rank.
  func isFinished(_ operation: any PendingOperation) throws -> Bool

  /// Tells other ranks that this one is alive, hears what they say, and watches for stalls. To be
  /// called at least every `attendSeconds` by a thread that waits for something else; cheap when
  /// called more often. `isFinished` does it too.
  ///
  /// - Parameter isWaiting: whether this rank waits for others; nil if it is as before.
  /// - Throws: `JobError` if the job ends because of another rank.
  func attend(isWaiting: Bool?) throws
}

extension Float: WireElement {}

/// The bits of a number in bfloat16.
package typealias BFloat16Bits = UInt16

extension BFloat16Bits: WireElement {}

extension Communicator {
  /// Bounds of ranges of elements are multiples of this.
  package static var lineElements: Int { 16 }
  package static var attendSeconds: Double { 0.1 }

  package func attend() throws { try attend(isWaiting: nil) }
}
