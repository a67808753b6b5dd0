import TandemCollectives
import TandemNetwork
import TandemTensor

/// Where a rank has the parameters: in memory of its own, or in what all ranks of a host share.
struct ParameterMemory {
  let arena: MemoryArena
  /// The same arena, and all gradients, where ranks share memory.
  let shared: SharedArenas?

  /// Gives the parameters their first values. All ranks come here.
  ///
  /// - Parameters:
  ///   - layout: whose the shards' gradients are.
  ///   - mayShare: whether training can do with shared memory.
  /// - Throws: `MemoryError.outOfMemory`, `JobError`.
  init(
    _ parameters: ParameterLayout, _ layout: JobLayout, mayShare: Bool, seed: UInt64, in job: Job
  ) throws {
    let bytes = parameters.elementCount * MemoryLayout<Float>.size
    let gradientBytes = parameters.changingElementCount * MemoryLayout<Float>.size
    guard mayShare,
      try SharedArenas.areSensible(
        in: job, bytes: bytes, gradientBytes: gradientBytes, shards: layout.division.shards)
    else {
      shared = nil
      arena = try MemoryArena(byteCount: bytes, purpose: "parameters", use: .parameters)
      parameters.initialize(arena.floats(), seed: seed)
      return
    }
    let shared = try job.perform("sharing memory") {
      try SharedArenas($0, bytes: bytes, gradientBytes: gradientBytes, layout: layout)
    }
    self.shared = shared
    arena = shared.parameters
    try job.onFirstRank("making first weights") {
      parameters.initialize(shared.parameters.floats(), seed: seed)
    }
  }
}
