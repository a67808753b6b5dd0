import Foundation
import Synchronization

/// Where words for people go. They may get lost, when a disk is full, a reader has gone away or the
/// stream was closed from the start: that must never cost a training, so writing does not fail.
/// That words to standard error got lost is kept, for whoever can still tell.
package struct MessageStream: Sendable {
  package static let standardError = MessageStream(descriptor: STDERR_FILENO)

  /// Why words to standard error could not be written, the first time; 0 while all went well.
  private static let firstLoss = Atomic<Int32>(0)
  /// How long a stream that takes nothing just now is waited for.
  private static let patienceMilliseconds: Int32 = 5_000

  /// How what is said for people is worded. The libraries name settings in backquotes, as their own
  /// users know them (`batchSize`); a program whose users know them by other names puts those in.
  /// It sets this at its start, for all threads.
  package static var wording: @Sendable (String) -> String {
    get { currentWording.withLock { $0 } }
    set { currentWording.withLock { $0 = newValue } }
  }

  private static let currentWording = Mutex<@Sendable (String) -> String>({ $0 })

  package let descriptor: Int32

  package init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  /// The system's words for why messages on standard error got lost; nil if none did.
  package static var loss: String? {
    let code = firstLoss.load(ordering: .relaxed)
    return code == 0 ? nil : String(cString: strerror(code))
  }

  /// Whether words appear on a terminal that moves its cursor when it is asked to.
  package var isTerminal: Bool {
    isatty(descriptor) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }

  /// Writes a line that may quote paths, options and files: whatever these hold, it is one that can
  /// be read and steers no terminal; see `String.messageLine`. Those for standard error go to the
  /// `MessageLog` too.
  package func writeLine(_ line: String) {
    if descriptor == STDERR_FILENO { MessageLog.write(line) }
    write(Self.wording(line).messageLine + "\n")
  }

  /// Writes the line that says why this process ends, on standard error.
  package static func writeError(_ text: String) {
    standardError.writeLine("tandem: error: " + text)
  }

  /// Writes all of `text`, as far as the stream takes it.
  package func write(_ text: String) {
    let text = isTerminal && !TerminalText.showsUnicode ? TerminalText.plain(text) : text
    let code = Array(text.utf8).withUnsafeBytes(send)
    guard code != 0, descriptor == STDERR_FILENO else { return }
    _ = Self.firstLoss.compareExchange(expected: 0, desired: code, ordering: .relaxed)
  }

  /// Returns the system's error number, 0 if all bytes were written.
  private func send(_ bytes: UnsafeRawBufferPointer) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = Foundation.write(
        descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if written > 0 {
        rest = rest.dropFirst(written)
        continue
      }
      switch errno {
      case EINTR:
        continue
      case EAGAIN:
        // Another program may have made a terminal that both share one that does not wait.
        var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        if Foundation.poll(&poll, 1, Self.patienceMilliseconds) == 0 { return EAGAIN }
      case let code:
        return code
      }
    }
    return 0
  }
}
