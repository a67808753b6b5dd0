import TandemInsight
import TandemProcess

/// A file, a terminal, or both.
struct DrawingTarget {
  /// Ends in .png or .svg.
  let file: String?
  let screen: TerminalScreen?

  /// In the command's report.
  var words: String { file ?? "the terminal" }

  /// - Throws: `FileError`, and what drawing throws.
  func write(_ encode: (DrawingFormat) throws -> [UInt8]) throws {
    if let file { try DrawingFile.write(to: file, encode) }
    if let screen { try TerminalDrawing.show(on: screen, encode) }
  }
}
