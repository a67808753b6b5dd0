import Foundation
import TandemTraining
import Testing

/// Curves in the terminal, of runs and while training, and those of layers.
@Suite(.serialized) struct CurveDisplayTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private static let training = "train --model mnist-cnn --data shapes:200,60 --epochs 3"

  private func run(_ line: String) throws -> ToolRun { try ToolRun(line, in: folder.url) }

  private func shown(
    _ line: String, columns: Int, _ environment: [String: String] = [:], isOutput: Bool = false
  ) throws -> String {
    let terminal = try Terminal(columns: columns)
    let process = Process()
    process.executableURL = try ToolRun.tool()
    process.arguments = line.split(separator: " ").map(String.init)
    process.environment = ProcessInfo.processInfo.environment
      .merging(["TERM": "xterm", "LC_ALL": "C.UTF-8", "NO_COLOR": ""]) { $1 }.merging(environment) {
        $1
      }
    process.currentDirectoryURL = folder.url
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = isOutput ? terminal.device : FileHandle.nullDevice
    process.standardError = isOutput ? FileHandle.nullDevice : terminal.device
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return try terminal.finish().text
  }

  @Test func runsArePlottedInTheTerminal() throws {
    try run("\(Self.training) --output run").expectSuccess()
    let plain = try run("plot run --terminal")
    plain.expectSuccess()
    #expect(plain.standardOutput.contains("Accuracy") && !plain.standardOutput.contains("\u{1B}"))
    #expect(plain.lines.allSatisfy { $0.count <= 80 })
    let coloured = try shown("plot run --terminal", columns: 100, isOutput: true)
    #expect(coloured.contains("\u{1B}[34m"))
    let ascii = try shown("plot run --terminal", columns: 60, ["LC_ALL": "C"], isOutput: true)
    #expect(ascii.utf8.allSatisfy { $0 < 128 } && ascii.contains("|") && !ascii.contains("\u{1B}"))
    let lines = ascii.split(whereSeparator: \.isNewline)
    #expect(lines.allSatisfy { $0.count <= 60 }, "\(lines)")
    try run("plot run").expectFailure(naming: "--output", "--terminal")
    try run("plot run --terminal --json").expectFailure(naming: "--terminal", "--json")
    try run("plot run --terminal --output both.png").expectSuccess()
    #expect(FileManager.default.fileExists(atPath: folder.path("both.png")))
  }

  @Test func trainingsShowThem() throws {
    // Once at the end of a log; below the progress, and drawn anew, on a terminal.
    let log = try run("\(Self.training) --plot")
    log.expectSuccess()
    #expect(log.standardError.components(separatedBy: "Accuracy").count == 2)
    #expect(!log.standardError.contains("\u{1B}"))
    let text = try shown("\(Self.training) --plot", columns: 100)
    // From the second epoch on there is a curve.
    #expect(text.components(separatedBy: "Accuracy").count == 3, "\(text)")
    #expect(text.contains("A\r\u{1B}[J"))
    let dumb = try shown("\(Self.training) --plot", columns: 100, ["TERM": "dumb"])
    #expect(!dumb.contains("\u{1B}") && dumb.components(separatedBy: "Accuracy").count == 2)
  }

  @Test func layersAreToldAndPlotted() throws {
    let told = try run("\(Self.training) --layer-statistics --output measured")
    told.expectSuccess()
    let heads = told.errorLines.filter { $0.contains("Mean |w|") && $0.contains("Dead") }
    #expect(heads.count == 3, "\(told.standardError)")
    let table = try String(
      contentsOf: URL(filePath: folder.path("measured/layers.csv")), encoding: .utf8)
    #expect(table.split(separator: "\n").count == 1 + 3 * 4)
    try run("plot measured --layers --output layers.png").expectSuccess()
    let plotted = try run("plot measured --layers --terminal")
    #expect(
      plotted.standardOutput.contains("Dead units") && plotted.standardOutput.contains("conv1"))
    try run("\(Self.training) --output plain").expectSuccess()
    #expect(!FileManager.default.fileExists(atPath: folder.path("plain/layers.csv")))
    try run("plot plain --layers --output x.png").expectFailure(
      naming: "plain", "--layer-statistics")
    try run("plot plain measured --layers --output x.png").expectFailure(naming: "--layers")
    // The weights are the same.
    let weights = try ["plain", "measured"].map {
      try ModelFile(contentsOf: folder.path($0)).tensors
    }
    #expect(weights[0] == weights[1])
  }
}
