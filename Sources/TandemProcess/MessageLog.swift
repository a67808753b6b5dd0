import Foundation
import Synchronization

/// A file that receives all messages, each line with its time, beside standard error or instead of
/// it. As there, what cannot be written is lost and costs nothing.
package enum MessageLog {
  /// Opens the file when there is the first line for it; what it gives is open from then on.
  private static let opening = Mutex<(@Sendable () -> Int32?)?>(nil)
  private static let descriptor = Mutex<Int32?>(nil)

  /// Sends messages to a file from now on.
  /// - Parameter open: gives a descriptor that appends, asked for with the first line.
  package static func begin(_ open: @escaping @Sendable () -> Int32?) {
    opening.withLock { $0 = open }
  }

  /// Whether there is such a file.
  package static var isOpen: Bool { opening.withLock { $0 != nil } }

  /// Writes a line, worded as on standard error.
  package static func write(_ line: String) {
    guard let open = opening.withLock({ $0 }) else { return }
    let file = descriptor.withLock { known in
      if known == nil { known = open() }
      return known
    }
    guard let file else { return }
    let time = Date.now.formatted(.iso8601)
    MessageStream(descriptor: file).write(
      "\(time) \(MessageStream.wording(line).messageLine)\n")
  }
}
