import Foundation
import TestSupport
import Testing

/// Progress on terminals of any kind.
@Suite(.serialized) struct TerminalTests {
  private static let training =
    "train --model mlp --data shapes:2000,200 --epochs 2 --batch-size 20 --workers 1 --no-output"

  private func train(
    columns: Int, _ environment: [String: String] = [:], line: String = training,
    exitCode: Int32 = 0
  ) throws -> Terminal.Shown {
    let terminal = try Terminal(columns: columns)
    let process = Process()
    process.executableURL = try ToolRun.tool()
    process.arguments = line.split(separator: " ").map(String.init)
    process.environment = ProcessInfo.processInfo.environment
      .merging(["TERM": "xterm", "LC_ALL": "C.UTF-8"]) { $1 }.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = terminal.device
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == exitCode)
    return try terminal.finish()
  }

  @Test(arguments: [200, 120, 80, 40, 20, 10])
  func redrawnLinesFit(columns: Int) throws {
    let shown = try train(columns: columns)
    #expect(shown.redrawn.count > 2, "\(shown)")
    #expect(shown.redrawn.allSatisfy { $0.count < columns }, "\(shown.redrawn)")
    // Something is still said.
    #expect(shown.redrawn.contains { $0.contains("1/2") }, "\(shown.redrawn)")
    #expect(shown.kept.contains { $0.hasPrefix("epoch 2/2  loss ") }, "\(shown.kept)")
  }

  @Test func widthThatNobodyKnows() throws {
    let shown = try train(columns: 0)
    #expect(shown.redrawn.count > 2 && shown.redrawn.allSatisfy { $0.count < 80 })
  }

  @Test func resizedTerminal() throws {
    let line = Self.training.replacing("--epochs 2", with: "--epochs 1000")
    let terminal = try Terminal(columns: 100)
    let process = Process()
    process.executableURL = try ToolRun.tool()
    process.arguments = line.split(separator: " ").map(String.init)
    process.environment = ["TERM": "xterm", "LC_ALL": "C.UTF-8"]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = terminal.device
    try MPIRun.withoutBlockedSignals { try process.run() }
    /// The lines drawn over others, without the first `count` pieces of the text.
    func redrawn(after count: Int = 0) -> [String] {
      terminal.text.components(separatedBy: "\r\u{1B}[K").dropFirst(count)
        .filter { !$0.contains("\n") }
    }
    func wait(until isTrue: () -> Bool) {
      let deadline = Date(timeIntervalSinceNow: 60)
      while Date() < deadline, !isTrue() { usleep(10_000) }
    }
    wait { redrawn().count >= 5 }
    terminal.resize(columns: 30)
    var pieces: Int { terminal.text.components(separatedBy: "\r\u{1B}[K").count }
    let atResize = pieces
    // One line may be under way, and one is half shown.
    wait { pieces >= atResize + 3 }
    let narrow = pieces
    wait { redrawn(after: narrow).count >= 5 }
    kill(process.processIdentifier, SIGTERM)
    process.waitUntilExit()
    let shown = try terminal.finish()
    #expect(shown.redrawn.contains { $0.count > 60 })
    let after = redrawn(after: narrow)
    #expect(after.count >= 5 && after.allSatisfy { $0.count < 30 }, "\(after)")
  }

  /// Without UTF-8 Tandem's own words are ASCII.
  @Test(arguments: [("C", "1x1"), ("POSIX", "1x1"), ("C.UTF-8", "1×1"), ("de_DE.utf8", "1×1")])
  func terminalWithoutUnicode(locale: String, words: String) throws {
    let shown = try train(
      columns: 60, ["LC_ALL": locale], line: "summary lenet --weights-of-1×1", exitCode: 64)
    #expect(shown.text.contains(words), "\(shown)")
  }

  /// Tables too, and what is drawn, on a terminal; a file has them as they are.
  @Test(arguments: [
    "models", "doctor -b 1", "summary lenet", "train --help",
    "summary alexnet --parallelism model --mesh 1x2",
    "lr-find --model mlp --data shapes:200,20 --lr-steps 20 --lr-to 1 --lr-from 0.01 --quiet",
  ])
  func reportsWithoutUnicode(line: String) throws {
    func shown(_ locale: String) throws -> String {
      let terminal = try Terminal(columns: 70)
      let process = Process()
      process.executableURL = try ToolRun.tool()
      process.arguments = line.split(separator: " ").map(String.init)
      process.environment = ProcessInfo.processInfo.environment
        .merging(["TERM": "xterm", "LC_ALL": locale, "NO_COLOR": "1"]) { $1 }
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = terminal.device
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      return try terminal.finish().text
    }
    let plain = try shown("C")
    #expect(plain.count > 200 && plain.utf8.allSatisfy { $0 < 128 }, "\(plain)")
    #expect(!plain.contains("\u{1B}"))
    if line != "train --help" {
      #expect(plain.contains("-----"))
      #expect(try shown("C.UTF-8").contains("─────"))
    }
  }

  @Test func terminalThatCannotRedraw() throws {
    let shown = try train(columns: 80, ["TERM": "dumb"])
    #expect(!shown.text.contains("\u{1B}") && shown.redrawn.isEmpty, "\(shown)")
    #expect(shown.kept.contains { $0.hasPrefix("epoch 2/2  loss ") })
  }

  /// The check of widths above sees lines that are too long.
  @Test func longLinesAreSeen() {
    let shown = Terminal.Shown(text: "training\r\n\r\u{1B}[Kabc\r\u{1B}[Kabcdef\r\u{1B}[Kepoch\r\n")
    #expect(shown.redrawn == ["abc", "abcdef"])
    #expect(shown.kept == ["training", "epoch"])
  }
}
