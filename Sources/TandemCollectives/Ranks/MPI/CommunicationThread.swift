import CKernels
import Foundation
import TandemProcess

/// The one thread of a rank that calls MPI: it starts it, runs what `Job.perform` hands to it, and
/// ends it.
///
/// Safe to share: everything mutable is guarded by `condition`, except `communicator`, which only
/// the thread itself touches.
final class CommunicationThread: @unchecked Sendable {
  private let condition = NSCondition()
  private var task: Task?
  private var hasEnded = false
  /// Why MPI could not be started.
  private var failure: (any Error)?
  private var communicator: MPICommunicator?
  private var identity: pthread_t?

  /// Something to do, and whether it is done. The caller of `perform` waits for it, so what `body`
  /// refers to outlives it.
  private final class Task {
    let body: (MPICommunicator) -> Void
    var isDone = false

    init(body: @escaping (MPICommunicator) -> Void) { self.body = body }
  }

  private let notes: JobNotes

  /// This one, and those that Open MPI makes for its own purposes; it ends the process without a
  /// reason that says so when it cannot.
  private static let threadsOfMPI = 5

  /// Starts the thread, and MPI on it. If that takes too long, `watch` ends the process with a
  /// line.
  /// - Throws: `ThreadShortage`, `JobError`.
  init(notes: JobNotes, activity: ActivityBoard, watch: StartWatch) throws {
    self.notes = notes
    try OwnThread.require(Self.threadsOfMPI)
    condition.lock()
    defer { condition.unlock() }
    try OwnThread.start(StartReport.threadName) { self.run(activity) }
    while identity == nil {
      if condition.wait(until: watch.nextLook) { continue }
      // What is looked up takes a while, in which MPI may come through.
      condition.unlock()
      let line = watch.look()
      condition.lock()
      if identity == nil, let line {
        MessageStream.writeError("\(line)")
        _exit(1)
      }
    }
    if let failure { throw failure }
  }

  /// Runs `body` on the thread and returns what it returns; at once if this is the thread.
  func perform<Result>(_ body: (MPICommunicator) throws -> Result) throws -> Result {
    if isCurrent, let communicator { return try body(communicator) }
    var result: Swift.Result<Result, any Error>?
    withoutActuallyEscaping(body) { body in
      let task = Task { communicator in result = Swift.Result { try body(communicator) } }
      condition.lock()
      precondition(!hasEnded, "the job is finished: nothing can be said to other ranks any more")
      precondition(self.task == nil, "one thread at a time may use the communicator")
      self.task = task
      condition.broadcast()
      while !task.isDone { condition.wait() }
      condition.unlock()
    }
    guard let result else { preconditionFailure("a task that was not run") }
    return try result.get()
  }

  /// Says good-bye to the other ranks and ends MPI and the thread, if that has not been done yet.
  func finish() throws {
    if condition.withLock({ hasEnded }) { return }
    try perform { communicator in
      try communicator.finish()
      self.condition.withLock { self.hasEnded = true }
    }
  }

  /// Lets the thread end all ranks, with one line that says why.
  func end(saying text: String) -> Never {
    notes.settings.withLock { $0.failure = $0.failure ?? text }
    nap(seconds: 4)
    guard !notes.hasSpoken.exchange(true, ordering: .relaxed) else { _exit(1) }
    MessageStream.writeError(text)
    _exit(1)
  }

  /// Lets another rank, which has failed, end this one too.
  func waitForEnd() -> Never {
    nap(seconds: 4)
    _exit(1)
  }

  /// Leaves the thread the time to end this process, which it does as soon as it looks around and
  /// finds a reason; if it does not within seconds, it hangs.
  func nap(seconds: Double) {
    // Signals end naps early, so there are many of them.
    let deadline = DispatchTime.now() + seconds
    while DispatchTime.now() < deadline { usleep(10_000) }
  }

  private var isCurrent: Bool {
    condition.withLock { identity.map { pthread_equal($0, pthread_self()) != 0 } ?? false }
  }

  private func run(_ activity: ActivityBoard) {
    // Naps between polls are as short as asked for, not 50 µs longer.
    tandem_set_timer_slack(1_000)
    let started = Result { try MPICommunicator(notes: notes, activity: activity) }
    OwnThread.rename("tandem.mpi")
    condition.lock()
    identity = pthread_self()
    switch started {
    case .success(let communicator): self.communicator = communicator
    case .failure(let error):
      failure = error
      hasEnded = true
    }
    condition.broadcast()
    while !hasEnded {
      guard let task, let communicator else {
        // With nothing to do it still tells the others that it is there.
        let hasWork = condition.wait(until: Date(timeIntervalSinceNow: 0.05))
        if !hasWork, let communicator = self.communicator {
          condition.unlock()
          try? communicator.attend()
          condition.lock()
        }
        continue
      }
      condition.unlock()
      task.body(communicator)
      condition.lock()
      task.isDone = true
      self.task = nil
      condition.broadcast()
    }
    condition.unlock()
  }
}
