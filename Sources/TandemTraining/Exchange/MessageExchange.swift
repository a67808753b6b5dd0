import TandemCollectives
import TandemExecution

/// Chosen where ranks send messages: the communication thread exchanges the gradients
/// (`StepCommunication`), and the worker does blocks of its work while it waits. `GradientExchange`
/// has the whole story.
///
/// Ownership: belongs to one worker.
package struct MessageExchange: GradientExchange {
  private let exchange: BucketWork
  private var sliceUpdate: SliceUpdate

  /// - Throws: `MemoryError.outOfMemory`.
  package init(
    _ exchange: BucketWork, optimizer: AnyOptimizer, timeline: Timeline? = nil
  ) throws {
    self.exchange = exchange
    sliceUpdate = try exchange.sliceUpdate(optimizer, timeline)
  }

  package mutating func run(
    _ step: StepContext, worker: Worker, stopRequest: StopRequest
  ) throws -> StepOutcome {
    while !exchange.isFinished(exchange: step.exchange) {
      var hasWorked = false
      for pass in BucketWork.Pass.allCases {
        for bucket in exchange.plan.buckets.indices {
          while exchange.work(pass, bucket, step, &sliceUpdate) { hasWorked = true }
        }
      }
      if hasWorked { continue }
      // The communication thread may need this core.
      try worker.wait(sleepsAtOnce: true) {
        exchange.isFinished(exchange: step.exchange) || exchange.hasWork
      }
    }
    let outcome = exchange.outcome
    // A worker may still be on its way here, although all its gradients were reported.
    try worker.barrier()
    return outcome
  }
}
