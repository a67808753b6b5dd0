import Foundation
import TestSupport
import Testing

/// Every program below `Snippets/` runs and prints what stands beside it.
@Suite struct SnippetTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Snippets").standardized

  static func names(_ ending: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.count)) }.sorted()
  }

  private func expected(_ name: String) throws -> String {
    try String(contentsOf: Self.folder.appending(path: name + ".txt"), encoding: .utf8)
  }

  @Test func `each has its output beside it`() throws {
    let programs = try Self.names(".swift")
    #expect(programs.count == 10)
    #expect(try Self.names(".txt") == programs)
  }

  @Test(arguments: try names(".swift").filter { $0 != "TwoRanks" })
  func `prints what stands beside it`(_ name: String) throws {
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = try ToolRun.tool().deletingLastPathComponent().appending(path: name)
    process.currentDirectoryURL = folder.url
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try folder.fileToWrite("output")
    process.standardError = try folder.fileToWrite("errors")
    try MPIRun.withoutBlockedSignals { try process.run() }
    process.waitUntilExit()
    let errors = try folder.text("errors")
    #expect(process.terminationStatus == 0, "\(errors)")
    #expect(try folder.text("output") == expected(name))
  }

  @Test(.enabled(if: MPIRun.isInstalled, "there is no mpirun"))
  func `two ranks print what stands beside the program`() throws {
    let ended = try MPIRun(ranks: 2, program: "TwoRanks", []).wait()
    #expect(ended.exitCode == 0, "\(ended.errors)")
    #expect(try ended.output == expected("TwoRanks"))
  }
}
