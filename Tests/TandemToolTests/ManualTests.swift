import Foundation
import TestSupport
import Testing

/// `tandem manual`, which `make man` calls.
@Suite(.serialized) struct ManualTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try ToolRun("manual --folder \(folder.path("man1"))").expectSuccess()
  }

  private func page(_ name: String) throws -> String {
    try String(contentsOfFile: folder.path("man1/\(name).1"), encoding: .utf8)
  }

  @Test func eachCommandHasAPage() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("man1"))
    #expect(
      Set(names) == Set(["tandem.1"] + CommandLineTests.subcommands.map { "tandem-\($0).1" }))
    #expect(try page("tandem").contains(".BR tandem\\-lr\\-find (1),"))
  }

  /// All options, with what the help says of them.
  @Test(arguments: CommandLineTests.subcommands) func pagesHaveAllOptions(command: String) throws {
    let page = try page("tandem-\(command)")
    let help = try OptionList(help: ToolRun([command, "--help"]).standardOutput)
    for entry in help.entries {
      for name in entry.names {
        let spelling = "\\fB" + name.replacing("-", with: "\\-") + "\\fR"
        #expect(page.contains(spelling), "\(name)")
      }
    }
    #expect(
      page.contains(".SH EXAMPLES")
        && page.contains("tandem \(command)".replacing("-", with: "\\-")))
  }

  private func lines(_ program: String, _ arguments: [String]) throws -> [Substring]? {
    let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .map { "\($0)/\(program)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    guard let path else { return nil }
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(["LC_ALL": "C.UTF-8"]) { $1 }
    let output = Pipe()
    process.standardOutput = FileHandle.nullDevice
    process.standardError = output
    if program == "mandoc" { process.standardOutput = output }
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: text, as: UTF8.self).split(separator: "\n")
  }

  /// groff, which `man` uses on most systems, and mandoc, which others have.
  @Test(arguments: ["groff", "mandoc"]) func formattersHaveNothingToSay(program: String) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path("man1")) {
      let path = folder.path("man1/\(name)")
      let arguments =
        program == "groff"
        ? ["-man", "-ww", "-Tutf8", "-z", path] : ["-T", "lint", "-W", "warning", path]
      guard let said = try lines(program, arguments) else {
        print("\(program) is not installed: manual pages are not checked by it")
        return
      }
      #expect(said.isEmpty, "\(said.prefix(3))")
    }
  }

  /// `make man`: the script beside a tool that was built.
  @Test func theScriptWritesThemAll() throws {
    let scripts = DocumentationTests.root.appending(path: "scripts").path
    for name in ["man.sh", "common.sh"] {
      try folder.write(
        Array(Data(contentsOf: URL(filePath: "\(scripts)/\(name)"))), to: "tree/scripts/\(name)")
    }
    let run = { try ToolRun([], shell: "exec bash tree/scripts/man.sh", in: self.folder.url) }
    let early = try run()
    #expect(early.exitCode == 1 && early.standardError.contains("make build"))
    try FileManager.default.createDirectory(
      atPath: folder.path("tree/.build/release"), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      at: folder.url.appending(path: "tree/.build/release/tandem"),
      withDestinationURL: ToolRun.tool())
    let late = try run()
    late.expectSuccess()
    #expect(late.standardOutput.contains("man -M .build/man tandem-train"))
    let made = folder.path("tree/.build/man/man1")
    #expect(
      try Set(FileManager.default.contentsOfDirectory(atPath: made))
        == Set(FileManager.default.contentsOfDirectory(atPath: folder.path("man1"))))
    let makefile = DocumentationTests.root.appending(path: "Makefile")
    #expect(try String(contentsOf: makefile, encoding: .utf8).contains("\t@scripts/man.sh\n"))
  }

  @Test func onePageIsPrinted() throws {
    let run = try ToolRun("manual train")
    run.expectSuccess()
    #expect(try run.standardOutput == page("tandem-train"))
    try ToolRun("manual nothing").expectFailure(naming: "nothing")
  }
}
