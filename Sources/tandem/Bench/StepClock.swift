import Synchronization
import Tandem

/// Notes when each step of a training run ended.
final class StepClock: TrainingObserver {
  private let ends = Mutex<[ContinuousClock.Instant]>([])

  func receive(_ event: TrainingEvent) {
    guard case .stepFinished = event else { return }
    let now = ContinuousClock.now
    ends.withLock { $0.append(now) }
  }

  /// Seconds of each step but the first, whose start is not known.
  var stepSeconds: [Double] {
    ends.withLock { ends in zip(ends, ends.dropFirst()).map { ($1 - $0) / .seconds(1) } }
  }
}
