import Tandem
import TandemCollectives
import TandemTensor

/// The memory that a rank would take, and what its host has for it.
struct RankMemory: Codable, Sendable {
  /// What is in the way of how many bytes, in words, and how much is left of it.
  struct Limit: Codable, Sendable {
    let words: String
    let availableBytes: Int
    /// Whether all ranks of the host take from it together.
    let isShared: Bool
  }

  let rank: Int
  let host: String
  /// All arenas, which the run asks for before its first step.
  let arenaBytes: Int
  /// What the process has already.
  let residentBytes: Int
  let limits: [Limit]

  init(_ count: MemoryCount, in job: Job) {
    rank = job.rank
    host = job.hosts[job.rank]
    arenaBytes = count.arenaBytes
    residentBytes = count.residentBytes ?? 0
    limits = MemoryLimits.current().map {
      Limit(words: $0.words, availableBytes: $0.availableBytes, isShared: $0.isShared)
    }
  }

  var predictedPeakBytes: Int { residentBytes + arenaBytes }

  /// What the nearest limit leaves, of this rank alone.
  var availableBytes: Int { limits.map(\.availableBytes).min() ?? 0 }

  /// The first host on which the ranks would take more than there is; nil if all fit.
  static func shortage(of ranks: [RankMemory]) -> DryRunError? {
    for first in ranks {
      let neighbours = ranks.filter { $0.host == first.host }
      for limit in first.limits {
        let users = limit.isShared ? neighbours : [first]
        let needed = users.map(\.arenaBytes).reduce(0, +)
        let kept = users.count * MemoryLimits.marginBytes
        if needed + kept > limit.availableBytes {
          return .memory(
            neededBytes: needed, availableBytes: max(0, limit.availableBytes - kept),
            limit: limit.words, ranks: users.count, host: ranks.count > 1 ? first.host : nil)
        }
      }
    }
    return nil
  }
}
