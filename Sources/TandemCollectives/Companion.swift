/// A thread that takes part in a region of a team without being one of its workers: the one that
/// exchanges with other ranks while the workers compute.
package struct Companion: Sendable {
  /// The workers of the team.
  package let workers: Int
  let core: TeamCore

  /// Waits until `isOver` is true: a condition on atomics that workers change before they call
  /// `wakeOthers`.
  ///
  /// - Parameter attend: called at least every 50 ms while waiting.
  /// - Throws: `TeamError.abandoned` if a worker has failed before the condition came true, or what
  ///   `attend` throws.
  package func wait(until isOver: () -> Bool, attend: () throws -> Void) throws {
    try core.wait(until: isOver, attend: attend)
  }

  /// Waits until `isOver` is true, as above, or for a while.
  /// - Throws: `TeamError.abandoned` if a worker has failed.
  package func wait(atMostMicroseconds microseconds: Int, until isOver: () -> Bool) throws {
    try core.wait(atMostMicroseconds: microseconds, until: isOver)
  }

  /// Lets waiting workers look at their conditions again.
  package func wakeOthers() { core.room.wakeAll() }

  /// Whether a worker has failed, so that nobody may wait for the workers any more.
  package var hasFailed: Bool { core.hasAWorkerFailed }
}
