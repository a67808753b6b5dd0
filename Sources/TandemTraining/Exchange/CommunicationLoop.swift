import Foundation
import TandemCollectives

/// What the communication thread does while workers compute and exchange: it polls its clients in
/// turn, and sleeps when none of them can go on.
///
/// Ownership: belongs to the communication thread, for one region of the team.
package final class CommunicationLoop {
  /// The clients in the order in which they are served, the same on all ranks.
  private let clients: [any CommunicationClient]
  private let companion: Companion
  private let communicator: any Communicator
  /// Polls in a row that found nothing new.
  private var idlePolls = 0

  /// How long this thread sleeps, with operations under way, while workers compute: it takes a core
  /// from one of them each time it wakes up.
  private static let napMicroseconds = 50
  /// Polls without a nap when nobody computes any more. Then others may need this core: ranks that
  /// share it.
  private static let pollsWithoutNap = 2000

  package init(
    _ clients: [any CommunicationClient], companion: Companion, communicator: any Communicator
  ) {
    self.clients = clients
    self.companion = companion
    self.communicator = communicator
  }

  /// Serves the clients until all of them are done with a step.
  ///
  /// - Returns: the bytes that this rank has sent.
  /// - Throws: `TeamError.abandoned` if a worker failed, and what clients throw.
  package func run(_ step: StepContext) throws -> Int {
    for client in clients { client.begin(step) }
    while clients.contains(where: { !$0.isDone }) {
      var hasMoved = false
      for client in clients where try client.advance(step, communicator, companion) {
        hasMoved = true
      }
      if hasMoved { idlePolls = 0 } else { try pause(step) }
    }
    return clients.reduce(0) { $0 + $1.takeBytesSent(step) }
  }

  private func pause(_ step: StepContext) throws {
    if companion.hasFailed { throw TeamError.abandoned }
    if clients.contains(where: { $0.isUrgent(step) }) {
      idlePolls += 1
      if idlePolls < Self.pollsWithoutNap { sched_yield() } else { usleep(20) }
      return
    }
    let isOver = { self.clients.contains { $0.isAskedFor(step) } }
    if clients.contains(where: \.isUnderWay) {
      try companion.wait(atMostMicroseconds: Self.napMicroseconds, until: isOver)
    } else {
      try companion.wait(until: isOver) { try communicator.attend() }
    }
  }
}
