import CKernels
import Foundation

/// The one thread of a rank that calls MPI: it starts it, runs what `Job.perform` hands to it, and
/// ends it.
///
/// Safe to share: everything mutable is guarded by `condition`, except `communicator`, which only the
/// thread itself touches.
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

  /// Starts the thread, and MPI on it.
  init() throws {
    let thread = Thread { self.run() }
    thread.name = "tandem.mpi"
    condition.lock()
    defer { condition.unlock() }
    thread.start()
    while identity == nil { condition.wait() }
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

  /// Prints a line and ends all ranks.
  func abort(saying message: String) -> Never {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    try? perform { $0.abort() }
    _exit(1)
  }

  private var isCurrent: Bool {
    condition.withLock { identity.map { pthread_equal($0, pthread_self()) != 0 } ?? false }
  }

  private func run() {
    // Naps between polls are as short as asked for, not 50 µs longer.
    tandem_set_timer_slack(1_000)
    let started = Result { try MPICommunicator() }
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
        condition.wait()
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
