import TandemLive
import Testing

/// The rule of what pictures of a training may cost, by a clock of its own.
struct SnapshotBudgetTests {
  /// Draws whenever it may for so many seconds, and tells what each interval cost.
  private func run(cost: Double, seconds: Double) -> [(time: Double, cost: Double)] {
    var budget = SnapshotBudget(now: 0)
    var now = 0.0
    var spent: [(Double, Double)] = []
    while now < seconds {
      let wait = budget.secondsToWait(now: now)
      if wait > 0 {
        now += wait
        continue
      }
      budget.spend(cost, now: now)
      spent.append((now, cost))
      now += 0.01
    }
    return spent
  }

  /// In any stretch of T seconds at most `share`·T + `most` + one snapshot.
  @Test(arguments: [0.0005, 0.004, 0.03, 0.5, 6])
  func anyStretchIsBounded(cost: Double) {
    let spent = run(cost: cost, seconds: 1000)
    #expect(!spent.isEmpty)
    let budget = SnapshotBudget(now: 0)
    for first in stride(from: 0, to: spent.count, by: max(1, spent.count / 50)) {
      var sum = 0.0
      for last in first..<spent.count {
        sum += spent[last].cost
        let stretch = spent[last].time - spent[first].time
        #expect(sum <= budget.share * stretch + budget.most + cost + 1e-9)
      }
    }
    let total = spent.reduce(0) { $0 + $1.cost }
    #expect(total <= 0.01 * 1000 + cost, "\(total) of 1000 seconds")
  }

  @Test func oneThatIsCostlyIsPaidOffBeforeTheNext() {
    var budget = SnapshotBudget(share: 0.01, most: 0.1, now: 5)
    #expect(budget.secondsToWait(now: 5) == 0)
    budget.spend(1.1, now: 5)
    #expect(abs(budget.secondsToWait(now: 5) - 100) < 1e-3)
    #expect(abs(budget.secondsToWait(now: 55) - 50) < 1e-3)
    #expect(budget.secondsToWait(now: 105.01) == 0)
  }

  /// A night without a page saves nothing up for the morning.
  @Test func nothingIsSavedUp() {
    var budget = SnapshotBudget(share: 0.01, most: 0.1, now: 0)
    _ = budget.secondsToWait(now: 36_000)
    #expect(budget.credit == 0.1)
    budget.spend(0.2, now: 36_000)
    #expect(budget.secondsToWait(now: 36_000) > 9)
  }

  /// A clock that stands still, or goes back, gives nothing.
  @Test func timeDoesNotGoBack() {
    var budget = SnapshotBudget(share: 0.01, most: 0.1, now: 100)
    budget.spend(1, now: 100)
    let credit = budget.credit
    _ = budget.secondsToWait(now: 50)
    _ = budget.secondsToWait(now: 100)
    #expect(budget.credit == credit)
  }
}
