/// Finds ranks for which the others wait in vain. A pure function of what is known.
package struct RankWatch: Hashable, Sendable {
  package enum Finding: Hashable, Sendable {
    /// These ranks are gone.
    case lost([Int])
    /// Some ranks have waited too long for others; `missing` is empty if all wait.
    case stalled(waiting: [Int], missing: [Int], seconds: Double)
  }

  /// The ranks that hear the signs of all others: the second is there for when the first is the one
  /// that is missing.
  package static let watchers = 2
  /// Seconds between two signs.
  package static let signSeconds = 0.15
  /// A rank that is alive has given a sign within this, on a busy machine too.
  package static let silentSeconds = 2.0
  /// The same once `mpirun` has begun to end the job, which leaves a second for last words.
  package static let endingSilentSeconds = 0.6
  /// Ranks that die together fall silent within this; those that `mpirun` ends after the first has
  /// died go on until it does, half a second later or more.
  package static let togetherSeconds = 0.35

  package let rank: Int
  package let stallTimeoutSeconds: Double

  package init(rank: Int, stallTimeoutSeconds: Double) {
    self.rank = rank
    self.stallTimeoutSeconds = stallTimeoutSeconds
  }

  /// - Parameters:
  ///   - gone: ranks whose processes are not there any more.
  ///   - isEnding: whether a signal says that the job ends. That a user wants it to is one reason,
  ///     that a rank has died is another.
  package func finding(
    _ table: RankTable, now: Double, gone: [Int], isEnding: Bool
  ) -> Finding? {
    if !gone.isEmpty { return .lost(gone) }
    let others = table.records.indices.filter { $0 != rank }
    let isWatcher = rank < Self.watchers
    if isEnding, isWatcher, table.records[rank].sign.waitedSeconds > 0 {
      let silent = others.filter {
        now - table.records[$0].heard > Self.endingSilentSeconds
      }
      if let first = silent.map({ table.records[$0].heard }).min() {
        return .lost(silent.filter { table.records[$0].heard - first <= Self.togetherSeconds })
      }
    }
    return isWatcher ? stall(table, now: now) : unheardStall(table)
  }

  /// The first watcher has the first word.
  private func stall(_ table: RankTable, now: Double) -> Finding? {
    let limit = stallTimeoutSeconds + 2 * Double(rank)
    func isSilent(_ other: Int) -> Bool {
      other != rank && now - table.records[other].heard > Self.silentSeconds
    }
    let waiting = table.records.indices.filter {
      table.records[$0].sign.waitedSeconds >= stallTimeoutSeconds - 1 && !isSilent($0)
    }
    let longest = waiting.map { table.records[$0].sign.waitedSeconds }.max() ?? 0
    guard longest >= limit else { return nil }
    let others = table.records.indices.filter { !waiting.contains($0) }
    let missing = others.filter { other in
      let record = table.records[other]
      // Before the first step a rank may read data for a long time without a sign of progress.
      let isStarting = ActivityBoard.entry(packed: record.sign.activity).phase == .starting
      return isSilent(other) || (!isStarting && now - record.changed >= stallTimeoutSeconds)
    }
    // Ranks that are slow, but go on, are waited for.
    if missing.isEmpty, !others.isEmpty { return nil }
    return .stalled(waiting: waiting, missing: missing, seconds: longest)
  }

  /// A rank that hears nobody speaks only when the watchers should have spoken long ago.
  private func unheardStall(_ table: RankTable) -> Finding? {
    let waited = table.records[rank].sign.waitedSeconds
    guard waited >= stallTimeoutSeconds + 6 else { return nil }
    return .stalled(waiting: [rank], missing: Array(0..<Self.watchers), seconds: waited)
  }
}
