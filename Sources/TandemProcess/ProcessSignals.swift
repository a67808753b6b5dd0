import CProcess
import Foundation

/// Signals that ask this process to stop, counted by handlers that stand for as long as somebody
/// listens: see `CProcess/process_signals.h`.
package enum ProcessSignals {
  /// Makes the signals those of a program that trains, from its first line to its last.
  package static func keep() {
    tandem_keep_signals()
  }

  /// Begins to count requests to stop. By one thread at a time, until `stopListening`.
  ///
  /// - Parameter countsContinue: whether SIGCONT is counted too.
  /// - Returns: how many requests belong to the past.
  package static func listen(countsContinue: Bool) -> UInt64 {
    // What has come before training began is still to be honoured, in a program of ours.
    let past = tandem_keeps_signals() ? 0 : tandem_stop_requests()
    tandem_listen_to_signals(countsContinue)
    return past
  }

  package static func stopListening() {
    tandem_ignore_signals_again()
  }

  /// How many requests to stop have come: SIGINT, SIGTERM, SIGQUIT, SIGHUP and SIGUSR1.
  package static var stopRequests: UInt64 { tandem_stop_requests() }

  /// Whether SIGTERM has come while somebody listened.
  package static var hasBeenTerminated: Bool { tandem_signal_count(SIGTERM) > 0 }

  /// When SIGCONT last came while it was counted, in nanoseconds of `DispatchTime`; nil for never.
  package static var lastContinue: UInt64? {
    let time = tandem_last_continue()
    return time > 0 ? time : nil
  }
}
