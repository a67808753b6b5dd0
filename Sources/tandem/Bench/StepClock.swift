import Synchronization
import Tandem

/// Notes when each step of a training run ended, and what its exchange cost.
final class StepClock: TrainingObserver {
  private let steps = Mutex<[(end: ContinuousClock.Instant, exchange: ExchangeFigures)]>([])

  func receive(_ event: TrainingEvent) {
    guard case .stepFinished(let record) = event else { return }
    let now = ContinuousClock.now
    steps.withLock { $0.append((now, record.exchange)) }
  }

  /// Seconds of each step but the first, whose start is not known.
  var stepSeconds: [Double] {
    steps.withLock { steps in zip(steps, steps.dropFirst()).map { ($1.end - $0.end) / .seconds(1) }
    }
  }

  /// The exchanges of the same steps.
  var exchanges: [ExchangeFigures] {
    steps.withLock { $0.dropFirst().map(\.exchange) }
  }
}
