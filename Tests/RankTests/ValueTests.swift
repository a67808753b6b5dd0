import TandemCollectives

/// Values that ranks tell each other, and what happens when they do not all do the same.
let valueTests: [String: RankTest] = [
  "values": { job, _ in
    let gathered = try job.gather("gathering", Told(rank: job.rank))
    try expectEqual(gathered, (0..<job.size).map { Told(rank: $0) }, "gathered values")
    let first = try job.fromFirstRank("hearing") { Told(rank: job.rank) }
    try expectEqual(first, Told(rank: 0), "the first rank's value")
    var floats = (0..<1000).map { Float(1000 * job.rank + $0) }
    try floats.withUnsafeMutableBytes { try job.broadcast("giving", $0) }
    try expectEqual(floats, (0..<1000).map { Float($0) }, "the first rank's floats")
  },
  // The first rank's error ends all others too, but only its own text is told.
  "first-rank-throws": { job, _ in
    let _: Int = try job.fromFirstRank("reading") { throw Unexpected("no such file") }
  },
  "different-places": { job, _ in
    if job.rank == 1 {
      _ = try job.gather("counting apples", 1)
    } else {
      _ = try job.fromFirstRank("reading a file") { "text" }
    }
  },
]

/// A value whose length and contents differ from rank to rank.
private struct Told: Hashable, Codable, Sendable {
  let name: String
  let numbers: [Double]

  init(rank: Int) {
    name = String(repeating: "é", count: 7 * rank)
    numbers = (0..<rank).map { 0.1 * Double($0) } + [.infinity]
  }
}
