import TandemCollectives

// The gradient of each epoch's last step, for observers that look at it; `StepGradients` says how
// it is kept.

extension TrainingRun {
  /// Says which step is to be kept. To be called while no worker computes.
  func keepGradients(ofStep step: Int) {
    memory.stepGradients?.step = step
  }

  /// Lends the gradient of a step to observers on the first rank while `body` runs; nothing if it
  /// was not kept, because it was made by an earlier run.
  ///
  /// - Parameter isMade: whether this run has made the step.
  /// - Throws: `JobError`, and what `body` throws.
  func lendingGradients(isMade: Bool, _ body: () throws -> Void) throws {
    guard isMade, let gradients = memory.stepGradients else { return try body() }
    let parts = steps.exchange.stateParts
    if trainer.job.size > 1 {
      try trainer.job.perform("gathering gradients") { communicator in
        for parts in parts {
          try communicator.gather(gradients.arena.floats(), parts: parts, to: 0)
        }
      }
    }
    trainer.stepGradients = gradients
    defer { trainer.stepGradients = nil }
    try body()
  }
}
