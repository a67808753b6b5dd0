import Dispatch
import Foundation
import TandemProcess

/// The workers of one process: threads that stay where they are and run the same function side by
/// side ("single program, multiple data").
///
/// Each worker is one long-running block on a serial Dispatch queue of its own, so that it keeps
/// its thread, may be pinned to a cpu and may wait for the others. Between regions the threads
/// sleep.
package final class Team: Sendable {
  /// The most workers of a team. Dispatch gives a process at most 255 threads; blocks beyond that
  /// would wait for ever, and loaders need some too.
  package static let mostWorkers = 192

  package let workers: Int
  /// Why workers are not pinned although that was asked for; empty when all is well.
  package let pinningFailures: [TeamError]
  private let core: TeamCore

  /// Starts the workers.
  ///
  /// - Parameters:
  ///   - workers: how many, 1 ... `mostWorkers`; more than cores work, slowly.
  ///   - cpus: logical cpus to pin the workers to, one after the other; nil leaves them free. With
  ///     fewer cpus than workers nothing is pinned: sharing cores is the system's business.
  ///   - cores: that nobody else uses; nil for all that the process may use. With fewer cores than
  ///     workers a waiting worker sleeps at once.
  /// - Throws: `ThreadShortage`.
  package init(workers: Int, pinnedTo cpus: [Int]? = nil, cores: Int? = nil) throws {
    precondition((1...Self.mostWorkers).contains(workers), "a team of \(workers) workers")
    self.workers = workers
    let topology = CPUTopology.current()
    let pins = cpus.flatMap { $0.count >= workers ? Array($0.prefix(workers)) : nil }
    core = TeamCore(
      workers: workers, awakeMicroseconds: workers <= cores ?? topology.usableCores ? 60 : 0)
    do {
      try DispatchThreads.start(workers, label: "tandem.worker") { [core] index in
        core.workerThread(index: index, cpu: pins?[index], allCPUs: topology.allowedCPUs)
      }
    } catch {
      core.shutDown()
      throw error
    }
    pinningFailures = core.waitForThreads()
  }

  deinit {
    core.shutDown()
  }

  /// Runs `body` once on every worker at the same time and returns when all have left it.
  ///
  /// To be called from a thread outside the team, one region at a time.
  /// - Throws: the error of the failed worker with the lowest index. The others are released from
  ///   barriers and other waits by `TeamError.abandoned`, which is never the error thrown here
  ///   unless `body` itself throws nothing else.
  package func run(_ body: @escaping @Sendable (Worker) throws -> Void) throws {
    try core.run(body) { _ in }
  }

  /// The same, with `companionBody` run at the same time by the calling thread. If it throws, the
  /// workers are released from their waits as if one of them had failed.
  package func run(
    _ body: @escaping @Sendable (Worker) throws -> Void,
    alongside companionBody: (Companion) throws -> Void
  ) throws {
    try core.run(body, alongside: companionBody)
  }

  /// Ends the threads. The team cannot be used afterwards. Called by `deinit` too.
  package func shutDown() {
    core.shutDown()
  }
}
