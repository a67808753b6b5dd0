import ArgumentParser
import TandemInsight

/// Where a command draws to, and how it tells what it drew.
struct DrawingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Where the drawing goes, a PNG or an SVG.", valueName: "file"),
    completion: .file(), transform: drawingPath)
  var output: String

  @Flag(help: "Print JSON.")
  var json = false
}

/// Where a drawing goes: a file that is a PNG or an SVG by its name.
let drawingPath: @Sendable (String) throws -> String = { text in
  guard DrawingFormat(path: text) != nil else {
    throw ValidationError("give the name of a file that ends in .png or .svg")
  }
  return text
}
