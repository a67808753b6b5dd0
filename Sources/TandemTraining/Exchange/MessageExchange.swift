import TandemCollectives
import TandemExecution

/// One worker's part in the exchange with other ranks: it helps while it waits.
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
          while try exchange.work(pass, bucket, step, &sliceUpdate) { hasWorked = true }
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
