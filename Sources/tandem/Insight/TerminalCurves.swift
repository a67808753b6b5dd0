import Foundation
import Tandem
import TandemInsight
import TandemProcess

/// Curves of runs in the terminal: two beside each other where there is room.
enum TerminalCurves {
  private static let rows = 8
  private static let widest = 160

  /// - Parameter columns: of the terminal.
  static func lines(_ panels: [PlotPanel], columns: Int, style: TerminalPlot.Style) -> [String] {
    let columns = min(columns, widest)
    guard columns >= 80 else {
      return panels.flatMap { TerminalPlot($0, style: style).lines(columns: columns, rows: rows) }
    }
    let half = (columns - 2) / 2
    return stride(from: 0, to: panels.count, by: 2).flatMap { first -> [String] in
      let pair = panels[first..<min(first + 2, panels.count)].map {
        TerminalPlot($0, style: style).lines(columns: half, rows: rows)
      }
      guard pair.count == 2 else { return pair[0] }
      return (0..<max(pair[0].count, pair[1].count)).map { row in
        let left = row < pair[0].count ? pair[0][row] : ""
        let right = row < pair[1].count ? pair[1][row] : ""
        return left + String(repeating: " ", count: max(2, half + 2 - shown(left))) + right
      }
    }
  }

  /// The letters that a terminal shows of a text, without what changes its colours.
  private static func shown(_ text: String) -> Int {
    text.replacing(#/\u{1B}\[[0-9]*m/#, with: "").count
  }

  static let environment = ProcessInfo.processInfo.environment

  /// As wide as a terminal, or 80.
  static func columns(_ descriptor: Int32) -> Int {
    var size = winsize()
    let status = ioctl(descriptor, UInt(TIOCGWINSZ), &size)
    return status == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }
}
