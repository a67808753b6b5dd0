/// What one rank knows of all, itself included. Times are seconds of one clock.
package struct RankTable: Hashable, Sendable {
  package struct Record: Hashable, Sendable {
    package var sign = RankSign()
    /// When the last sign came.
    package var heard: Double
    /// When a sign last told of another activity than the one before.
    package var changed: Double
  }

  package private(set) var records: [Record]

  package init(ranks: Int, now: Double) {
    records = Array(repeating: Record(heard: now, changed: now), count: ranks)
  }

  package mutating func hear(_ sign: RankSign, from rank: Int, now: Double) {
    if sign.activity != records[rank].sign.activity { records[rank].changed = now }
    records[rank].sign = sign
    records[rank].heard = now
  }

  /// Forgives all ranks a time in which this one did not listen.
  package mutating func skip(seconds: Double) {
    for rank in records.indices {
      records[rank].heard += seconds
      records[rank].changed += seconds
    }
  }
}
