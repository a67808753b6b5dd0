import Synchronization
import TandemCollectives
import TandemProcess

/// Signals that are requests to stop, as long as this exists.
///
/// - SIGINT (ctrl-C), SIGTERM and SIGQUIT: the second one does what signals usually do, so that a
///   process that hangs can still be ended.
/// - SIGHUP, unless it is ignored, as under nohup: the terminal or the connection has gone away.
/// - SIGUSR1: batch systems send it some time before they end a job, and `mpirun` hands it on to
///   all ranks.
/// - SIGCONT, in a rank that `mpirun` has started: this is how it begins to end its ranks, before
///   SIGTERM, which it follows up with SIGKILL at once. After a suspension the signal only means
///   that the process goes on.
///
/// The handlers count and do no more (`ProcessSignals`); whoever asks `haveCome` looks at the
/// counts.
final class StopSignals: Sendable {
  private static let listeners = Mutex(0)
  private let past: UInt64
  private let job: Job

  init(job: Job) {
    self.job = job
    past = Self.listeners.withLock { listeners in
      listeners += 1
      return ProcessSignals.listen(countsContinue: job.isLaunched)
    }
  }

  /// Whether signals have come; asked from any thread.
  var haveCome: Bool { ProcessSignals.stopRequests > past || job.isEndedByLauncher }

  deinit {
    Self.listeners.withLock { listeners in
      listeners -= 1
      if listeners == 0 { ProcessSignals.stopListening() }
    }
  }
}
