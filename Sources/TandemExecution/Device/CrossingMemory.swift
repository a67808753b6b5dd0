import TandemNetwork
import TandemTensor

/// Memory that the devices of a model group share: what each of them puts down for the others at each
/// crossing, forward and backward. Where devices are in several processes, each process has such memory for
/// those of its devices, and pieces travel from one to the other.
///
/// Safe to share because of who may touch what, and when: a device writes its own pieces, before it meets
/// the others (`Replica.meet`), and the others read them after that; it writes them again in the next call
/// of forward or backward, before which the caller lets all devices meet.
public final class CrossingMemory: Sendable {
  let arena: MemoryArena

  /// - Parameter plans: of any devices of the group.
  /// - Throws: `MemoryError.outOfMemory`.
  public init(for plans: [Plan]) throws {
    arena = try MemoryArena(
      byteCount: plans.map(\.crossingBytes).max() ?? 0, purpose: "crossings of a model group")
  }

  /// Where pieces are, see `CrossingPiece.bytes`.
  public var base: UnsafeMutableRawPointer { arena.base }
}

/// What one device puts down at a crossing for some of the others.
public struct CrossingPiece: Hashable, Sendable {
  /// The device of the group that puts it down.
  public let giver: Int
  /// Those that read it, ascending.
  public let takers: [Int]
  /// Where it is in the group's memory; begins at a multiple of 64.
  public let bytes: Range<Int>
  /// Whether it has float32 numbers, for which its place in the memory is made, or shorter ones.
  public let fillsPlace: Bool

  package init(
    giver: Int, takers: [Int], bytes: Range<Int>, fillsPlace: Bool = true
  ) {
    self.giver = giver
    self.takers = takers
    self.bytes = bytes
    self.fillsPlace = fillsPlace
  }
}

/// Waits until all devices of a model group have put down the pieces of a crossing, and those that this
/// device reads are in the memory that it sees.
public typealias Meeting = (_ pieces: [CrossingPiece]) throws -> Void
