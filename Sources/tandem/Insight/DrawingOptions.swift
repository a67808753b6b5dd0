import ArgumentParser
import TandemInsight
import TandemProcess

/// Where a command draws to, and how it tells what it drew.
struct DrawingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Where the drawing goes, a PNG or an SVG.", valueName: "file"),
    completion: .file(), transform: drawingPath)
  var output: String?

  @Flag(help: "Show the drawing in the terminal, if it has kitty's or sixel graphics.")
  var terminal = false

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if output == nil, !terminal {
      throw ValidationError("name a file for the drawing with --output, or give --terminal")
    }
    if terminal, json { throw ValidationError("give one of --terminal and --json") }
  }

  /// Finds out where the drawing will go, before anything is computed in vain.
  /// - Throws: `DrawingTargetError`.
  func target() throws -> DrawingTarget {
    guard terminal else { return DrawingTarget(file: output, screen: nil) }
    do {
      return DrawingTarget(file: output, screen: try TerminalScreen.ask())
    } catch {
      guard output != nil else { throw DrawingTargetError(refusal: error) }
      StandardErrorLog.warn(["the drawing is not shown: \(error.words)"])
      return DrawingTarget(file: output, screen: nil)
    }
  }
}

/// Where a drawing goes: a file that is a PNG or an SVG by its name.
let drawingPath: @Sendable (String) throws -> String = { text in
  guard DrawingFormat(path: text) != nil else {
    throw ValidationError("give the name of a file that ends in .png or .svg")
  }
  return text
}
