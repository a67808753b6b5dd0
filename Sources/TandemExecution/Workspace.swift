import TandemTensor

/// The memory in which a worker's replicas run, one at a time: replicas for different numbers of
/// images (the last mini-batch of an epoch is often smaller) share it.
///
/// Ownership: belongs to one worker; not `Sendable`.
public final class Workspace {
  let arena: MemoryArena

  /// A workspace large enough for each of the plans.
  /// - Throws: `MemoryError.outOfMemory`.
  public init(for plans: [Plan]) throws {
    arena = try MemoryArena(
      byteCount: plans.map(\.arenaBytes).max() ?? 0,
      purpose: "activations of \(plans.first?.graph.name ?? "the network")")
  }

  public var byteCount: Int { arena.byteCount }
}
