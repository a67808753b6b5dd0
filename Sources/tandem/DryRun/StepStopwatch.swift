import Tandem

/// Measures some steps after a first one, and ends the run.
///
/// Safe to share: events come from one thread at a time, as `TrainingObserver` promises.
final class StepStopwatch: TrainingObserver, @unchecked Sendable {
  /// One to get warm, and those that count.
  static let steps = 4

  private var seconds: [Double] = []
  private var secondsBefore = 0.0
  /// Set before the run.
  var stopRequest: StopRequest?

  func receive(_ event: TrainingEvent) {
    guard case .stepFinished(let step) = event, seconds.count < Self.steps else { return }
    if step.stepInEpoch == 1 { secondsBefore = 0 }
    seconds.append(step.secondsInEpoch - secondsBefore)
    secondsBefore = step.secondsInEpoch
    if seconds.count == Self.steps { stopRequest?.request() }
  }

  /// The median of the steps after the first.
  var secondsPerStep: Double {
    let sorted = seconds.dropFirst().sorted()
    return sorted.isEmpty ? 0 : sorted[(sorted.count - 1) / 2]
  }
}
