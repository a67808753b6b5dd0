import Foundation

/// A pseudo-terminal whose other side a test reads: what a program shows on it.
///
/// Safe to share: `bytes` is guarded by `lock`.
final class Terminal: @unchecked Sendable {
  /// For a process's standard streams.
  let device: FileHandle
  private let side: Int32
  private let lock = NSLock()
  private var bytes = Data()
  private let reading = DispatchGroup()

  struct Unavailable: Error {}

  /// TIOCSPTLCK and TIOCGPTN of <asm-generic/ioctls.h>.
  private static let setLock: UInt = 0x4004_5431
  private static let getNumber: UInt = 0x8004_5430

  /// - Parameter answer: what it says to whoever asks for its attributes; nil for nothing.
  init(columns: Int, answer: String? = nil) throws {
    // What posix_openpt, unlockpt and ptsname do, which Swift does not see.
    side = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    var isLocked: Int32 = 0
    var number: UInt32 = 0
    guard side >= 0, ioctl(side, Self.setLock, &isLocked) == 0,
      ioctl(side, Self.getNumber, &number) == 0,
      let device = FileHandle(forUpdatingAtPath: "/dev/pts/\(number)")
    else { throw Unavailable() }
    self.device = device
    resize(columns: columns)
    // A terminal holds little that nobody has read.
    DispatchQueue.global().async(group: reading) { [self] in
      var buffer = [UInt8](repeating: 0, count: 4096)
      while true {
        let count = read(side, &buffer, buffer.count)
        // EIO says that no process has it open any more.
        guard count > 0 else { return }
        let isAsked = lock.withLock {
          bytes.append(contentsOf: buffer[..<count])
          return bytes.suffix(count + 2).range(of: Data("\u{1B}[c".utf8)) != nil
        }
        if isAsked, let answer { _ = answer.withCString { write(side, $0, strlen($0)) } }
      }
    }
  }

  deinit { close(side) }

  func resize(columns: Int) {
    var size = winsize(ws_row: 24, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(side, UInt(TIOCSWINSZ), &size)
  }

  /// What was shown so far.
  var text: String { lock.withLock { String(decoding: bytes, as: UTF8.self) } }

  /// What was shown, after all processes have closed it.
  func finish() throws -> Shown {
    try device.close()
    reading.wait()
    return Shown(text: text)
  }

  /// The lines of a terminal.
  struct Shown {
    let text: String

    /// Those that were drawn over by the next one.
    var redrawn: [String] {
      lines.filter { !$0.isKept }.map(\.text)
    }

    var kept: [String] { lines.filter(\.isKept).map(\.text) }

    private var lines: [(text: String, isKept: Bool)] {
      text.components(separatedBy: "\r\n").flatMap { line in
        let parts = line.components(separatedBy: "\r\u{1B}[K")
        return parts.enumerated().map { (text: $1, isKept: $0 == parts.count - 1) }
      }.filter { !$0.text.isEmpty }
    }
  }
}
