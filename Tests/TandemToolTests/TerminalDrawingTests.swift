import Foundation
import TandemImage
import TandemTensor
import TandemTraining
import Testing

/// Drawings in terminals that show pictures, and in those that do not.
@Suite(.serialized) struct TerminalDrawingTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try ToolRun(
      "train --model mnist-cnn --data shapes:100,30 --epochs 2 --output run", in: folder.url
    ).expectSuccess()
    let picture = Picture(width: 24, height: 24, filledWith: [128])
    try Data(PictureEncoder.png(picture)).write(to: URL(filePath: folder.path("grey.png")))
  }

  private static let kitty = "\u{1B}_Gi=31;OK\u{1B}\\\u{1B}[4;480;2000t\u{1B}[?62c"
  private static let sixel = "\u{1B}[4;480;300t\u{1B}[?62;4c"

  /// What is shown on a terminal that standard input and output are, and what is said.
  private func shown(
    _ line: String, answer: String?, _ environment: [String: String] = [:], exitCode: Int32 = 0
  ) throws -> (text: String, said: String) {
    let terminal = try Terminal(columns: 100, answer: answer)
    let process = Process()
    let said = Pipe()
    process.executableURL = try ToolRun.tool()
    process.arguments = line.split(separator: " ").map(String.init)
    process.environment = ProcessInfo.processInfo.environment
      .merging(["TERM": "xterm", "LC_ALL": "C.UTF-8", "NO_COLOR": ""]) { $1 }
      .merging(environment) { $1 }
    process.currentDirectoryURL = folder.url
    process.standardInput = terminal.device
    process.standardOutput = terminal.device
    process.standardError = said
    try process.run()
    let data = said.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let words = String(decoding: data, as: UTF8.self)
    #expect(process.terminationStatus == exitCode, "\(words)")
    return (try terminal.finish().text, words)
  }

  /// The file in kitty's pieces.
  private func png(_ text: String) throws -> [UInt8] {
    let letters = text.matches(of: #/\u{1B}_G(?:a=T|m=)[^;]*;([^\u{1B}]*)\u{1B}\\/#)
      .map { $0.output.1 }.joined()
    return [UInt8](try #require(Data(base64Encoded: letters)))
  }

  @Test(arguments: [
    "explain grey.png --weights run", "filters --weights run",
    "activations --input grey.png --layers relu1 --weights run",
    "ascend --weights run --layer conv1 --filter 0..1 --steps 2",
    "embed --weights run --layer relu2 --data shapes:100,30", "plot run",
  ])
  func kittyShowsTheFile(line: String) throws {
    let text = try shown("\(line) --terminal --output a.png", answer: Self.kitty).text
    let file = [UInt8](try Data(contentsOf: URL(filePath: folder.path("a.png"))))
    #expect(try png(text) == file)
    try FileSystem.remove(folder.path("a.png"))
    #expect(try png(try shown("\(line) --terminal", answer: Self.kitty).text) == file)
    #expect(!FileManager.default.fileExists(atPath: folder.path("a.png")))
  }

  @Test func sixelsAreAsWideAsTheTerminal() throws {
    let text = try shown("filters --weights run --terminal", answer: Self.sixel).text
    let match = try #require(text.firstMatch(of: #/\u{1B}P0;1;0q"1;1;(\d+);(\d+)#/#))
    #expect(match.output.1 == "300" && text.contains("\u{1B}\\"))
    #expect(text.contains("in the terminal") && !text.contains("\u{1B}_Ga=T"))
  }

  /// Nothing of the question stays, and the terminal is as it was.
  @Test(arguments: ["\u{1B}[?62c", nil]) func lettersWhereThereAreNoPictures(
    answer: String?
  ) throws {
    let (text, said) = try shown("plot run --terminal", answer: answer)
    #expect(text.contains("Accuracy") && text.contains("\u{1B}[34m"))
    #expect(said.split(separator: "\n").count == 1 && said.contains("in place of a picture"))
    let refused = try shown("filters --weights run --terminal", answer: answer, exitCode: 1)
    #expect(refused.said.contains("--output"), "\(refused)")
    let kept = try shown("filters --weights run --terminal --output b.png", answer: answer)
    #expect(kept.said.contains("not shown"))
    #expect(FileManager.default.fileExists(atPath: folder.path("b.png")))
  }

  @Test(arguments: [["TERM": "dumb"], ["NO_COLOR": "1"]])
  func nobodyIsAskedWhoWantsNone(environment: [String: String]) throws {
    let (text, said) = try shown("plot run --terminal", answer: Self.kitty, environment)
    #expect(!text.contains("\u{1B}") && text.contains("Accuracy") && said.isEmpty)
    let refused = try shown(
      "filters --weights run --terminal", answer: Self.kitty, environment, exitCode: 1)
    #expect(refused.said.contains(environment.keys.first ?? "-"))
  }

  @Test func pipesAreNotAsked() throws {
    let plot = try ToolRun("plot run --terminal", in: folder.url)
    plot.expectSuccess()
    #expect(!plot.standardOutput.contains("\u{1B}") && plot.standardError.isEmpty)
    try ToolRun("filters --weights run --terminal", in: folder.url).expectFailure(
      naming: "terminal", "--output")
    try ToolRun("filters --weights run", in: folder.url).expectFailure(
      naming: "--output", "--terminal")
    try ToolRun("filters --weights run --terminal --json", in: folder.url).expectFailure(
      naming: "--terminal", "--json")
  }

  /// As soon as the answer is there, keys are shown and lines edited again.
  @Test func theTerminalIsAsItWas() throws {
    let terminal = try Terminal(columns: 80, answer: Self.sixel)
    func flags() -> tcflag_t {
      var now = termios()
      return tcgetattr(terminal.device.fileDescriptor, &now) == 0 ? now.c_lflag : 0
    }
    let before = flags()
    #expect(before & tcflag_t(ICANON | ECHO | ISIG) == tcflag_t(ICANON | ECHO | ISIG))
    let process = Process()
    process.executableURL = try ToolRun.tool()
    process.arguments = ["plot", folder.path("run"), "--terminal"]
    process.environment = ProcessInfo.processInfo.environment
      .merging(["TERM": "xterm", "LC_ALL": "C.UTF-8", "NO_COLOR": ""]) { $1 }
    process.standardInput = terminal.device
    process.standardOutput = terminal.device
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(flags() == before)
    #expect(try terminal.finish().text.contains("\u{1B}P0;1;0q"))
  }
}
