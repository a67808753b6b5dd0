import Dispatch
import Foundation

/// When a page was asked for news.
///
/// Safe to share: all is guarded by `condition`.
final class Visits: @unchecked Sendable {
  private let condition = NSCondition()
  private var count = 0
  private var last: DispatchTime?
  /// Who has asked within these seconds looks on.
  private static let recentSeconds = 2.0

  /// To be called when an answer is on its way.
  func note() {
    condition.lock()
    count += 1
    last = .now()
    condition.broadcast()
    condition.unlock()
  }

  /// Waits until somebody who looks on has asked once more; does not wait where nobody does.
  func waitForOneMore(atMostSeconds seconds: Double) {
    condition.lock()
    defer { condition.unlock() }
    let now = DispatchTime.now().uptimeNanoseconds
    guard let last, Double(now - last.uptimeNanoseconds) < Self.recentSeconds * 1e9 else { return }
    let before = count
    let deadline = Date(timeIntervalSinceNow: seconds)
    while count == before, condition.wait(until: deadline) {}
    // The answer itself takes a moment.
    if count != before { usleep(50_000) }
  }
}
