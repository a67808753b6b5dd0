import Tandem
import TandemProcess

/// Shows the warnings of a run, and nothing else.
final class WarningDisplay: TrainingObserver {
  func receive(_ event: TrainingEvent) {
    guard case .warning(let text) = event else { return }
    MessageStream.standardError.writeLine("warning: " + text)
  }
}
