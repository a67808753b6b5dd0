import CProcess
import Foundation

/// Standard output, to which `print` writes, buffered.
package enum ProcessOutput {
  /// Writes out what is buffered. Returns 0 if everything printed has arrived, else the system's
  /// error number; EPIPE where nobody reads any more.
  package static func finish() -> Int32 { tandem_finish_output() }

  /// Ends the process as it would have ended if writing to a reader that has gone away were a
  /// signal: so do other programs in `program | head`.
  package static func endWithoutReader() -> Never {
    signal(SIGPIPE, SIG_DFL)
    kill(getpid(), SIGPIPE)
    _exit(128 + SIGPIPE)
  }
}
