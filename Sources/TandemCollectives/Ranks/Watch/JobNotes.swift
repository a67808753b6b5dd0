import Dispatch
import Synchronization
import TandemProcess

/// What the threads of a rank tell its communication thread.
///
/// Safe to share: guarded by a lock, or atomic.
final class JobNotes: Sendable {
  struct Settings: Sendable {
    var stallTimeoutSeconds = 120.0
    var layerNames: [String] = []
    /// Why this rank cannot go on.
    var failure: String?
  }

  let settings = Mutex(Settings())
  /// Whether a call of MPI has failed.
  let hasFailedCall = Atomic<Bool>(false)
  /// Whether SIGCONT has come, while it was listened to, without a suspension that it ended.
  let isEndedByLauncher = Atomic<Bool>(false)
  /// When the SIGCONT came that was considered last.
  private let lastContinue = Atomic<UInt64>(0)
  /// Whether this rank has said why the job ends.
  let hasSpoken = Atomic<Bool>(false)
  /// When the communication thread last looked around, and when it last had not done so for a
  /// while; nanoseconds of uptime.
  let lastTick = Atomic<UInt64>(DispatchTime.now().uptimeNanoseconds)
  let lastGap = Atomic<UInt64>(0)

  /// A communication thread that has not looked around for so long has not run.
  static let gapNanoseconds: UInt64 = 1_000_000_000

  /// Whether a signal or a failure has said that the job ends. If it does because a rank has died,
  /// the others find out which, and say so, before they are ended too.
  var isEnding: Bool {
    hasFailedCall.load(ordering: .relaxed) || ProcessSignals.hasBeenTerminated
      || isEndedByLauncher.load(ordering: .relaxed)
  }

  /// Looks whether SIGCONT has come, and what it meant. By the communication thread, each time it
  /// has looked around.
  func considerContinue() {
    guard let time = ProcessSignals.lastContinue,
      time != lastContinue.exchange(time, ordering: .relaxed)
    else { return }
    if !wasSuspended(until: time) { isEndedByLauncher.store(true, ordering: .relaxed) }
  }

  /// Whether this process was stopped, as ctrl-Z does it, until about a time, in nanoseconds of
  /// uptime.
  private func wasSuspended(until time: UInt64) -> Bool {
    let gap = lastGap.load(ordering: .relaxed)
    return time - min(time, lastTick.load(ordering: .relaxed)) > Self.gapNanoseconds
      || (gap > 0 && max(time, gap) - min(time, gap) < Self.gapNanoseconds)
  }
}
