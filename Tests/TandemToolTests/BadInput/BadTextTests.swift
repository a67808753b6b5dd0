import Foundation
import TestSupport
import Testing

/// Values and paths that hold more than letters: what is said of them stays one line that can be
/// read and steers no terminal.
@Suite struct BadTextTests {
  private static let hostile = "x\u{1B}[31m\u{1B}]0;title\u{7}y\u{202E}z\u{200B}"
  private static let shown = #"x\u{1B}[31m\u{1B}]0;title\u{7}y\u{202E}z\u{200B}"#

  private func expectOneReadableLine(
    _ run: ToolRun, naming part: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(run.exitCode > 0, sourceLocation: sourceLocation)
    #expect(run.standardOutput.isEmpty, sourceLocation: sourceLocation)
    #expect(run.errorLines.count == 1, "\(run.standardError)", sourceLocation: sourceLocation)
    #expect(
      run.standardError.contains(part), "\(run.standardError)", sourceLocation: sourceLocation)
    #expect(run.standardError.count < 2500, sourceLocation: sourceLocation)
    expectNothingSteers(run.standardError, sourceLocation: sourceLocation)
  }

  private func expectNothingSteers(
    _ text: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for scalar in text.unicodeScalars where scalar != "\n" {
      let isHarmless =
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: false
        default: true
        }
      #expect(isHarmless, "\(scalar.escaped(asASCII: true))", sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: [
    ["train", "--model", "mlp", "--data", hostile],
    ["train", "--model", hostile, "--data", "shapes:50,20"],
    ["train", "--model", "mlp", "--data", "shapes:50,20", "--resume", hostile],
    ["train", "--model", "mlp", "--data", "shapes:50,20", "--weights", hostile],
    ["train", "--model", "mlp", "--data", "shapes:50,20", "--output", "/proc/\(hostile)/y"],
    ["train", "--model", "mlp", "--epochs", hostile],
    ["train", "--model", "mlp", "--data", "shapes:50,20", "--opt", hostile],
    ["train", "--model", "mlp", "--data", "shapes:50,20", "--lr-scheduler", hostile],
    ["train", "--model", "mlp", hostile],
    [hostile],
    ["evaluate", "--weights", hostile],
    ["predict", "--weights", hostile, "--input", "y", "--output", "z"],
    ["summary", hostile], ["gradcheck", hostile], ["bench", "--model", hostile],
    ["plan", "--model", hostile, "--mesh", "1x2"], ["models", hostile],
  ])
  func control(arguments: [String]) throws {
    expectOneReadableLine(try ToolRun(arguments), naming: Self.shown)
  }

  @Test(arguments: [
    ["train", "--model", "mlp", "--data", "LONG"],
    ["train", "--model", "LONG", "--data", "shapes:50,20"],
    ["train", "--model", "mlp", "--epochs", "LONG"], ["evaluate", "--weights", "LONG"],
    ["train", "--model", "mlp", "--data", "shapes:50,20", "--output", "LONG"],
    ["summary", "LONG"],
  ])
  func endless(arguments: [String]) throws {
    for long in [
      "begin" + String(repeating: "x", count: 5000) + "end",
      "begin" + String(repeating: " x", count: 2500) + "end",
    ] {
      let run = try ToolRun(arguments.map { $0 == "LONG" ? long : $0 })
      expectOneReadableLine(run, naming: "begin")
      #expect(run.standardError.contains("end"), "\(run.standardError)")
      #expect(run.standardError.contains("…"), "\(run.standardError)")
    }
  }

  @Test func linesOfAPathStayInOneLine() throws {
    expectOneReadableLine(
      try ToolRun(["evaluate", "--weights", "one\ntwo\r\n"]), naming: #"one\ntwo\r\n"#)
  }

  /// Progress and results name the data set, tables its classes.
  @Test func reportsAndTables() throws {
    let folder = try TemporaryFolder()
    let data = try CIFARFolder(in: folder, name: Self.hostile + "\nz")
    _ = data
    let path = folder.path(Self.hostile + "\nz")
    let names = ["a\u{1B}[2Jb", String(repeating: "long", count: 1000)] + (2..<10).map { "\($0)" }
    try folder.write(
      Array(names.joined(separator: "\n").utf8), to: Self.hostile + "\nz/batches.meta.txt")
    let output = folder.path("r\u{9B}un")
    let train = try ToolRun([
      "train", "--model", "mlp", "--data", path, "--epochs", "1", "--output", output,
    ])
    let evaluate = try ToolRun(["evaluate", "--weights", output, "--data", path])
    for run in [train, evaluate] {
      run.expectSuccess()
      expectNothingSteers(run.standardOutput)
      expectNothingSteers(run.standardError)
      #expect(run.standardOutput.contains(Self.shown + "\\nz"))
    }
    #expect(train.standardError.contains(Self.shown + "\\nz"))
    #expect(evaluate.standardOutput.contains("a\\u{1B}[2Jb"))
    #expect(evaluate.lines.allSatisfy { $0.count < 400 })
  }
}
