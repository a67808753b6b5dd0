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

/// A drawing that was to be shown in the terminal only, which does not.
struct DrawingTargetError: Error, CustomStringConvertible {
  let refusal: TerminalScreen.Refusal

  var description: String {
    "the drawing cannot be shown: \(refusal.words); name a file for it with --output"
  }
}
