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
  ///   - shardsOfRanks: which have gradients.
  ///   - mayShare: whether training can do with shared memory.
  /// - Throws: `MemoryError.outOfMemory`, `JobError`.
  init(
    _ layout: ParameterLayout, shardsOfRanks: [Range<Int>], mayShare: Bool, seed: UInt64,
    in job: Job
  ) throws {
    let bytes = layout.elementCount * MemoryLayout<Float>.size
    let shards = shardsOfRanks.reduce(0) { $0 + $1.count }
    guard mayShare, try SharedArenas.areSensible(in: job, bytes: bytes, shards: shards) else {
      shared = nil
      arena = try MemoryArena(byteCount: bytes, purpose: "parameters")
      layout.initialize(arena.floats(), seed: seed)
      return
    }
    let shared = try job.perform("sharing memory") {
      try SharedArenas($0, bytes: bytes, shards: shardsOfRanks)
    }
    self.shared = shared
    arena = shared.parameters
    try job.onFirstRank("making first weights") {
      layout.initialize(shared.parameters.floats(), seed: seed)
    }
  }
}
