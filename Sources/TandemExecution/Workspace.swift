import TandemTensor

/// The memory in which a worker's replicas run, one at a time: replicas for different numbers of
/// images (the last mini-batch of an epoch is often smaller) share it.
///
/// Ownership: belongs to one worker; not `Sendable`.
package final class Workspace {
  let base: UnsafeMutableRawPointer
  package let byteCount: Int
  /// Keeps the memory.
  private let arena: MemoryArena

  /// A workspace large enough for each of the plans.
  /// - Throws: `MemoryError.outOfMemory`.
  package init(for plans: [Plan]) throws {
    arena = try MemoryArena(
      byteCount: plans.map(\.arenaBytes).max() ?? 0,
      purpose: "activations of \(plans.first?.graph.name ?? "the network")")
    base = arena.base
    byteCount = arena.byteCount
  }

  /// A part of another workspace.
  init(of whole: Workspace, from offset: Int, byteCount: Int) {
    precondition(offset + byteCount <= whole.byteCount, "a part of a workspace is inside")
    arena = whole.arena
    base = whole.base + offset
    self.byteCount = byteCount
  }
}
