import CKernels
import Dispatch
import Foundation

/// Where the threads of a team wait for one another: awake for a short while, because the others
/// are usually done within microseconds and waking a sleeping thread takes about 30 µs; then
/// asleep, so that threads that outnumber the cores do not keep each other from running.
///
/// Safe to share: `sleepers` is only touched while `condition` is locked, the rest is constant.
/// What the conditions read must be atomics, changed before `wakeAll`.
package final class WaitingRoom: @unchecked Sendable {
  private let condition = NSCondition()
  private var sleepers = 0
  /// How long a waiting thread stays awake; 0 when there are more threads than cores.
  private let awakeNanoseconds: UInt64

  package init(awakeMicroseconds: Int) {
    awakeNanoseconds = UInt64(awakeMicroseconds) * 1_000
  }

  /// Returns once `isOver` is true. It is called often, on this thread only.
  ///
  /// - Parameter sleepsAtOnce: for waits that are known to be long, or for a thread on the same
  ///   core.
  package func wait(sleepsAtOnce: Bool = false, until isOver: () -> Bool) {
    if isOver() { return }
    if !sleepsAtOnce, awakeNanoseconds > 0, staysAwake(until: isOver) { return }
    condition.lock()
    sleepers += 1
    while !isOver() { condition.wait() }
    sleepers -= 1
    condition.unlock()
  }

  /// The same for a limited time; returns whether `isOver` became true.
  package func wait(atMostMicroseconds microseconds: Int, until isOver: () -> Bool) -> Bool {
    if isOver() { return true }
    let deadline = Date(timeIntervalSinceNow: Double(microseconds) * 1e-6)
    condition.lock()
    sleepers += 1
    defer {
      sleepers -= 1
      condition.unlock()
    }
    while !isOver() {
      if !condition.wait(until: deadline) { return isOver() }
    }
    return true
  }

  /// Lets every waiting thread look again; to be called after each change that may end a wait.
  package func wakeAll() {
    // A thread looks once more after locking and before it sleeps, so a change made before this
    // line is either seen by it or answered by the broadcast.
    condition.lock()
    if sleepers > 0 { condition.broadcast() }
    condition.unlock()
  }

  private func staysAwake(until isOver: () -> Bool) -> Bool {
    let start = DispatchTime.now().uptimeNanoseconds
    var waited: UInt64 = 0
    while waited < awakeNanoseconds {
      for _ in 0..<16 {
        if isOver() { return true }
        tandem_cpu_pause()
      }
      // After the shortest waits, whoever else wants this core (a loader thread) may have it.
      if waited > 4_000 { sched_yield() }
      waited = DispatchTime.now().uptimeNanoseconds - start
    }
    return isOver()
  }
}
