import TandemCollectives

/// What a step came to, the same on all ranks but for the figures.
package struct StepOutcome: Hashable, Sendable {
  /// Of all shards of all ranks, added in the order of the shards.
  package var losses = LossSum()
  /// Whether a rank was asked to stop.
  package var stops = false
  package var figures = ExchangeFigures()
}

/// What exchanging gradients costs, as one rank sees it.
public struct ExchangeFigures: Hashable, Codable, Sendable {
  /// To other ranks.
  public var bytesSent = 0
  /// While any bucket was under way.
  public var secondsExchanging = 0.0
  /// The part of it that was not hidden behind computing: from the end of the last worker's backward
  /// pass to the end of the exchange. With one rank, and where ranks share memory, workers exchange after
  /// their backward pass only, so that it is all of it, as worker 0 sees it.
  public var secondsExposed = 0.0

  static func += (left: inout ExchangeFigures, right: ExchangeFigures) {
    left.bytesSent += right.bytesSent
    left.secondsExchanging += right.secondsExchanging
    left.secondsExposed += right.secondsExposed
  }
}

/// One worker's part in exchanging the gradients of a step and updating the parameters.
package protocol WorkerExchange {
  /// Called by all workers of the rank with the same step, each after its last report of a bucket;
  /// returns once all parameters are updated and may be read.
  ///
  /// - Throws: `TeamError.abandoned`, and what `GradientNorms.updateRule` throws.
  mutating func run(
    _ step: StepContext, worker: Worker, stopRequest: StopRequest
  ) throws -> StepOutcome
}
