import Dispatch
import Synchronization

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
  /// Whether a signal has said that the job ends.
  let isEnding = Atomic<Bool>(false)
  /// Whether this rank has said why the job ends.
  let hasSpoken = Atomic<Bool>(false)
  /// When the communication thread last looked around, and when it last had not done so for a while;
  /// nanoseconds of uptime.
  let lastTick = Atomic<UInt64>(DispatchTime.now().uptimeNanoseconds)
  let lastGap = Atomic<UInt64>(0)

  /// A communication thread that has not looked around for so long has not run.
  static let gapNanoseconds: UInt64 = 1_000_000_000

  /// Whether this process has been stopped, as ctrl-Z does it, until a moment ago.
  var wasJustSuspended: Bool {
    let now = DispatchTime.now().uptimeNanoseconds
    let gap = lastGap.load(ordering: .relaxed)
    return now - min(now, lastTick.load(ordering: .relaxed)) > Self.gapNanoseconds
      || (gap > 0 && now - min(now, gap) < Self.gapNanoseconds)
  }
}
