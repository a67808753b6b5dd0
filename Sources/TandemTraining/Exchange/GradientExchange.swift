import TandemCollectives

/// One worker's part in exchanging the gradients of a step and updating the parameters.
package protocol GradientExchange {
  /// Called by all workers of the rank with the same step, each after its last report of a bucket;
  /// returns once all parameters are updated and may be read.
  ///
  /// - Throws: `TeamError.abandoned`, and what `GradientNorms.updateRule` throws.
  mutating func run(
    _ step: StepContext, worker: Worker, stopRequest: StopRequest
  ) throws -> StepOutcome
}
