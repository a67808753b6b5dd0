import Foundation
import Synchronization
import Tandem
import TandemNetwork
import TandemProcess

/// How far a computation of many parts has come, in a line on a terminal that goes away at its end;
/// nothing where standard error is none, or for what is done in a moment.
final class InspectionProgress: Sendable {
  private struct State {
    var start = ContinuousClock.now
    var lastDrawn: ContinuousClock.Instant?
  }

  private let what: String
  private let isShown = MessageStream.standardError.isTerminal && !StandardErrorLog.isQuiet
  private let state = Mutex(State())
  private static let patience = Duration.seconds(1)
  private static let interval = Duration.milliseconds(200)

  /// - Parameter what: the parts, in the singular.
  init(_ what: String) {
    self.what = what
  }

  /// To be called, by any thread, when one more part is done.
  func note(_ done: Int, of count: Int) {
    guard isShown else { return }
    state.withLock { state in
      let now = ContinuousClock.now
      if done == count {
        // The next round of parts begins anew.
        if state.lastDrawn != nil { write("\r\u{1B}[K") }
        state = State()
        return
      }
      guard now - state.start > Self.patience,
        state.lastDrawn.map({ now - $0 > Self.interval }) ?? true
      else { return }
      state.lastDrawn = now
      let seconds = (now - state.start) / .seconds(1)
      let left = seconds / Double(done) * Double(count - done)
      let line =
        "\(done.grouped) of \(counted(count, what)), \(Int(left.rounded(.up)).grouped) s left"
      write("\r\u{1B}[K" + line.prefix(max(0, TerminalCurves.columns(STDERR_FILENO) - 1)))
    }
  }

  private func write(_ text: String) { MessageStream.standardError.write(text) }
}
