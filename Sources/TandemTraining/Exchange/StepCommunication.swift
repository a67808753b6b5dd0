import TandemCollectives

/// The communication thread's part of steps whose gradients travel as messages: it serves the
/// stages of the buckets, what ranks tell each other, and whatever else has messages to send while
/// workers compute.
///
/// Ownership: belongs to the communication thread, for one region of the team.
package final class StepCommunication {
  private let stages: BucketStages
  private let companion: Companion
  private let loop: CommunicationLoop

  /// - Parameter others: clients that are no part of the exchange of gradients: statistics of
  ///   several shards, crossings between devices.
  package init(
    _ stages: BucketStages, others: [any CommunicationClient], companion: Companion,
    communicator: any Communicator
  ) {
    self.stages = stages
    self.companion = companion
    var clients: [any CommunicationClient] = [stages, stages.status]
    if let norms = stages.work.norms { clients.append(NormGather(norms, stages)) }
    loop = CommunicationLoop(clients + others, companion: companion, communicator: communicator)
  }

  /// Exchanges the gradients of a step and lets the workers go on.
  ///
  /// - Returns: what ranks have said.
  /// - Throws: `TeamError.abandoned` if a worker failed, `JobError`, and what
  ///   `GradientNorms.updateRule` throws.
  package func run(_ step: StepContext, stopRequest: StopRequest) throws -> StepSignals {
    stages.status.stopRequest = stopRequest
    let bytesSent = try loop.run(step)
    var outcome = stages.status.outcome(activeShards: step.activeShards)
    outcome.figures = stages.figures(bytesSent: bytesSent)
    stages.work.finishExchange(outcome)
    companion.wakeOthers()
    return outcome.signals
  }
}
