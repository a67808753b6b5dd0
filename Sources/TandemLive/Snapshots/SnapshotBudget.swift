/// How much of a training's time pictures of it may take, told in seconds of a clock that is given.
///
/// The rule: one snapshot may begin whenever the credit is above nothing. The credit grows by
/// `share` of the time that passes, up to `most`, and each snapshot takes off what it has cost, so
/// that after a costly one there is none for a long time. In any stretch of T seconds snapshots
/// cost at most `share`·T + `most` + one snapshot. A page that nobody looks at takes nothing, and
/// saves nothing up beyond `most`.
package struct SnapshotBudget: Hashable, Sendable {
  package let share: Double
  package let most: Double
  package private(set) var credit: Double
  private var last: Double

  /// - Parameters:
  ///   - share: of the time, 0…1.
  ///   - most: seconds of credit, which are there at the beginning.
  ///   - now: the clock.
  package init(share: Double = 0.004, most: Double = 0.01, now: Double) {
    self.share = share
    self.most = most
    credit = most
    last = now
  }

  /// Seconds until the next snapshot may begin; 0 for at once.
  package mutating func secondsToWait(now: Double) -> Double {
    advance(to: now)
    return credit > 0 ? 0 : (1e-6 - credit) / share
  }

  /// Takes off what a snapshot has cost.
  package mutating func spend(_ seconds: Double, now: Double) {
    advance(to: now)
    credit -= seconds
  }

  private mutating func advance(to now: Double) {
    credit = min(most, credit + share * max(0, now - last))
    last = max(last, now)
  }
}
