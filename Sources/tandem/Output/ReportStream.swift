import Foundation
import TandemProcess

/// Standard output as what it is connected to.
enum ReportStream {
  /// The text, of ASCII letters on a terminal whose locale has no others.
  static func shown(_ text: String) -> String {
    isatty(STDOUT_FILENO) == 1 && !TerminalText.showsUnicode ? TerminalText.plain(text) : text
  }

  /// The columns of the terminal; 80 for a file or a pipe, and where nobody knows.
  static var columns: Int {
    var size = winsize()
    let status = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size)
    return status == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }
}
