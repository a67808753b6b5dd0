import Tandem
import TandemInsight

/// Notes the loss of each step while the learning rate rises, and ends the run once the loss has
/// run away.
///
/// Safe to share: events come from one thread at a time, as `TrainingObserver` promises, and what
/// is noted is read after the run.
final class RateRecorder: TrainingObserver, @unchecked Sendable {
  private(set) var losses: [(learningRate: Double, loss: Double)] = []
  private(set) var hasDiverged = false
  /// Set before the run.
  var stopRequest: StopRequest?
  private var watch = DivergenceWatch()
  private var steps = StepLosses()

  func receive(_ event: TrainingEvent) {
    guard case .stepFinished(let step) = event, !hasDiverged else { return }
    let loss = steps.add(step).loss
    hasDiverged = watch.add(loss)
    if loss.isFinite { losses.append((Double(step.learningRate), loss)) }
    if hasDiverged { stopRequest?.request() }
  }
}
