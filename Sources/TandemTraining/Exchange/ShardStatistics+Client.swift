import TandemCollectives

extension ShardStatistics: CommunicationClient {
  package func begin(_ step: StepContext) { beginStep() }

  package func advance(
    _ step: StepContext, _ communicator: any Communicator, _ companion: Companion
  ) throws -> Bool {
    try advance(communicator, companion: companion, activeShards: step.activeShards)
  }

  package func isAskedFor(_ step: StepContext) -> Bool { isAsked(activeShards: step.activeShards) }
}
