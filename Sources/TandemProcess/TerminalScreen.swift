import Foundation

/// A terminal that shows pictures, and how wide it is, as it says when it is asked.
package struct TerminalScreen: Hashable, Sendable {
  /// How pictures are sent to it.
  package enum Graphics: Hashable, Sendable {
    /// https://sw.kovidgoyal.net/kitty/graphics-protocol
    case kitty
    /// Of DEC's terminals, as xterm, foot, mlterm, Windows Terminal and others have it.
    case sixel
  }

  /// Why no pictures are shown.
  package enum Refusal: Error, Hashable, Sendable {
    /// Standard input or output is something else, so that nobody can be asked.
    case noTerminal
    /// `TERM=dumb`, or `NO_COLOR` is set.
    case unwanted(String)
    /// Another process is in front, which would get the answers.
    case inBackground
    case noAnswer
    /// It knows neither kind of graphics.
    case noGraphics

    /// Whether it is the terminal that cannot, in spite of what was asked for.
    package var isOfTerminal: Bool { self == .noAnswer || self == .noGraphics }
  }

  package let graphics: Graphics
  /// Letters in a line.
  package let columns: Int
  /// Pixels in a line; nil where the terminal does not say.
  package let pixelWidth: Int?

  /// How long an answer is waited for, of which there is one by the slowest connection.
  private static let patienceSeconds = 1.0

  /// Asks the terminal that standard input and output are.
  /// - Parameters:
  ///   - input: where its answers come from.
  ///   - output: where questions go.
  /// - Throws: `Refusal`.
  package static func ask(
    input: Int32 = STDIN_FILENO, output: Int32 = STDOUT_FILENO,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(Refusal) -> TerminalScreen {
    guard isatty(input) == 1, isatty(output) == 1 else { throw .noTerminal }
    if environment["TERM"] == "dumb" { throw .unwanted("TERM is dumb") }
    if !(environment["NO_COLOR"] ?? "").isEmpty { throw .unwanted("NO_COLOR is set") }
    // Of a terminal that is not this process's own nobody knows who is in front.
    let front = tcgetpgrp(input)
    guard front < 0 || front == getpgrp() else { throw .inBackground }
    var size = winsize()
    let knowsSize = ioctl(output, UInt(TIOCGWINSZ), &size) == 0
    guard let answer = exchange(input: input, output: output) else { throw .noAnswer }
    guard let graphics = answer.graphics else { throw .noGraphics }
    return TerminalScreen(
      graphics: graphics, columns: knowsSize && size.ws_col > 0 ? Int(size.ws_col) : 80,
      pixelWidth: knowsSize && size.ws_xpixel > 0 ? Int(size.ws_xpixel) : answer.pixelWidth)
  }

  /// Sends the questions and reads until they are answered; nil if they are not. Keys that somebody
  /// has pressed meanwhile are lost.
  private static func exchange(input: Int32, output: Int32) -> TerminalAnswer? {
    var before = termios()
    guard tcgetattr(input, &before) == 0 else { return nil }
    var quiet = before
    // Answers come letter by letter and are not shown; ctrl-C is read below, so that it cannot
    // leave the terminal like this.
    quiet.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
    guard tcsetattr(input, TCSANOW, &quiet) == 0 else { return nil }
    var isInterrupted = false
    defer {
      tcsetattr(input, TCSANOW, &before)
      if isInterrupted { raise(SIGINT) }
    }
    MessageStream(descriptor: output).write(TerminalAnswer.question)
    let deadline = Date(timeIntervalSinceNow: patienceSeconds)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 256)
    while true {
      let left = Int32(max(0, deadline.timeIntervalSinceNow * 1000).rounded(.up))
      var descriptor = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
      let ready = poll(&descriptor, 1, left)
      if ready < 0, errno == EINTR { continue }
      guard ready > 0 else { return nil }
      let count = read(input, &buffer, buffer.count)
      guard count > 0 else { return nil }
      bytes += buffer[..<count]
      if bytes.contains(3) {
        isInterrupted = true
        return nil
      }
      if let answer = TerminalAnswer(bytes) {
        // What a terminal shows of a question that it did not understand.
        MessageStream(descriptor: output).write("\r\u{1B}[K")
        return answer
      }
    }
  }
}
