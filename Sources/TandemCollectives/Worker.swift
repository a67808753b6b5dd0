import CKernels
import Foundation

/// One thread of a team, seen from inside a region.
package struct Worker: Sendable {
  /// 0 ..< `count`
  package let index: Int
  /// The workers of the team.
  package let count: Int
  let core: TeamCore

  /// Waits until all workers of the team have come here.
  /// - Throws: `TeamError.abandoned` if one of them has failed and will not come.
  package func barrier() throws {
    try core.barrier()
  }

  /// Waits until `isOver` is true: a condition on atomics that other workers change before they
  /// call `wakeOthers`.
  ///
  /// - Parameter sleepsAtOnce: for waits that are known to be long, or for a thread on the same
  ///   core.
  /// - Throws: `TeamError.abandoned` if another worker has failed before the condition came true.
  package func wait(sleepsAtOnce: Bool = false, until isOver: () -> Bool) throws {
    try core.wait(sleepsAtOnce: sleepsAtOnce, until: isOver)
  }

  /// Waits until `isOver` is true: a condition on memory that other processes change, which can
  /// wake nobody here. So it looks again and again, and ever more seldom.
  ///
  /// - Throws: `TeamError.abandoned` if another worker has failed before the condition came true.
  package func poll(until isOver: () -> Bool) throws {
    var polls = 0
    while !isOver() {
      if core.hasAWorkerFailed { throw TeamError.abandoned }
      polls += 1
      if polls < 200 {
        tandem_cpu_pause()
      } else if polls < 5000 {
        sched_yield()
      } else {
        usleep(50)
      }
    }
  }

  /// Lets waiting workers look at their conditions again.
  package func wakeOthers() {
    core.room.wakeAll()
  }

  /// Whether the calling thread is this worker.
  package var isCurrent: Bool { core.isRunning(worker: index) }
}
