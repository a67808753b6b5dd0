/// What arenas would take, as counted by `MemoryArena.counting`.
package struct MemoryCount: Hashable, Codable, Sendable {
  /// Bytes of all arenas that would be written to.
  package var arenaBytes = 0
  /// The resident memory of this process besides, with all that was made around the arenas; nil
  /// where the system does not say.
  package var residentBytes: Int?
}
