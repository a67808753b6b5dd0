import TandemNetwork
import TandemTensor

/// Memory that the devices of a model group share: what each of them writes for the others at each
/// crossing, forward and backward. Where devices are in several processes, each process has such
/// memory for those of its devices, and segments travel from one to the other.
///
/// Safe to share because of who may touch what, and when: a device writes its own segments, before
/// it meets the others (`Replica.meet`), and the others read them after that; it writes them again
/// in the next call of forward or backward, before which the caller lets all devices meet.
package final class CrossingMemory: Sendable {
  let arena: MemoryArena

  /// - Parameter plans: of any devices of the group.
  /// - Throws: `MemoryError.outOfMemory`.
  package init(for plans: [Plan]) throws {
    arena = try MemoryArena(
      byteCount: plans.map(\.crossingBytes).max() ?? 0, purpose: "crossings of a model group")
  }

  /// Where segments are, see `CrossingSegment.bytes`.
  package var base: UnsafeMutableRawPointer { arena.base }
}

/// Waits until all devices of a model group have written the segments of a crossing, and those that
/// this device reads are in the memory that it sees.
package typealias Meeting = (_ segments: [CrossingSegment]) throws -> Void
