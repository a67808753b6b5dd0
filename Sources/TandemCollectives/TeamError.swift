/// Why a worker of a team could not go on.
package enum TeamError: Error, Equatable, CustomStringConvertible {
  /// Another worker of the team has failed; its error is the one that `Team.run` throws.
  case abandoned
  /// A thread could not be bound to a logical cpu; work goes on without.
  case notPinned(worker: Int, cpu: Int, errorNumber: Int32)

  package var description: String {
    switch self {
    case .abandoned:
      "the step was given up because another worker failed"
    case .notPinned(let worker, let cpu, let errorNumber):
      "worker \(worker) could not be pinned to cpu \(cpu) (\(systemMessage(errorNumber))); "
        + "it runs wherever the system puts it"
    }
  }
}
