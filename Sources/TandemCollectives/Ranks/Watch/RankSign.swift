/// What a rank tells the ranks that watch over a job, several times a second.
package struct RankSign: Hashable, Sendable {
  /// As `ActivityBoard.packed`.
  package var activity: UInt64
  /// For how long it has waited in an operation of all ranks; 0 if it does not wait.
  package var waitedSeconds: Double

  package init(activity: UInt64 = 0, waitedSeconds: Double = 0) {
    self.activity = activity
    self.waitedSeconds = waitedSeconds
  }

  package static let byteCount = 16

  package var bytes: [UInt8] {
    withUnsafeBytes(of: activity) { [UInt8]($0) }
      + withUnsafeBytes(of: waitedSeconds.bitPattern) { [UInt8]($0) }
  }

  /// - Parameter bytes: `byteCount` of them, from a rank on a machine of the same kind.
  package init(bytes: [UInt8]) {
    self = bytes.withUnsafeBytes {
      RankSign(
        activity: $0.loadUnaligned(as: UInt64.self),
        waitedSeconds: Double(bitPattern: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
  }
}

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
