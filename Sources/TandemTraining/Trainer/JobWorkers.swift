import TandemNetwork

/// How many workers each rank has. Ranks may have different numbers of them; which logical shards
/// they work on, `RankLayout` says. There must be one shard for each worker at least.
public struct JobWorkers: Hashable, Codable, Sendable {
  /// Workers of each rank, 1 or more.
  public let counts: [Int]

  public init(counts: [Int]) {
    self.counts = counts
  }

  public var ranks: Int { counts.count }

  /// The workers of all ranks together.
  public var total: Int { counts.reduce(0, +) }

  /// What a rank would like to have.
  package struct Wish: Hashable, Codable, Sendable {
    /// What the user asked for; nil for as many as make sense.
    let asked: Int?
    /// The number of workers that make sense on the rank's cores.
    let sensible: Int

    package init(asked: Int?, sensible: Int) {
      self.asked = asked
      self.sensible = sensible
    }
  }

  /// Gives each rank what it wishes; where the user did not say and there are not enough shards,
  /// the ranks with the most workers get fewer.
  ///
  /// - Parameter shards: nil for one per worker.
  /// - Throws: `TrainingError.moreWorkersThanShards`.
  package init(_ wishes: [Wish], shards: Int?) throws(TrainingError) {
    var counts = wishes.map { $0.asked ?? $0.sensible }
    let flexible = wishes.indices.filter { wishes[$0].asked == nil }
    if let shards {
      while counts.reduce(0, +) > shards,
        // The last of the largest.
        let largest = flexible.max(by: { (counts[$0], $0) < (counts[$1], $1) }),
        counts[largest] > 1
      {
        counts[largest] -= 1
      }
    }
    self.counts = counts
    if let shards, total > shards {
      throw .moreWorkersThanShards(workers: self, shards: shards)
    }
  }

  /// `2 workers`, `2 ranks × 1 worker`, `3 ranks with 2, 2 and 1 workers`
  package var text: String {
    if ranks == 1 { return counted(total, "worker") }
    if Set(counts).count == 1 {
      return "\(counted(ranks, "rank")) × \(counted(counts[0], "worker"))"
    }
    guard ranks <= 8, let last = counts.last else { return "\(ranks) ranks with \(total) workers" }
    let others = counts.dropLast().map { "\($0)" }.joined(separator: ", ")
    return "\(ranks) ranks with \(others) and \(last) workers"
  }
}
