import Foundation
import Testing

/// One finished run of the built tool, as a user's shell would see it.
struct ToolRun {
  let arguments: [String]
  let exitCode: Int32
  let standardOutput: String
  let standardError: String

  /// Runs `tandem` of the same build as these tests and waits for its end.
  /// - Parameters:
  ///   - shell: a script of /bin/sh that ends by running `"$@"`, to set limits or the like first.
  ///   - timeoutSeconds: after this the tool is killed and the test fails.
  init(
    _ arguments: [String], shell: String? = nil, in folder: URL? = nil,
    timeoutSeconds: TimeInterval = 240, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let tool = try Self.tool(sourceLocation)
    let capture = try TemporaryFolder()
    let process = Process()
    if let shell {
      process.executableURL = URL(filePath: "/bin/sh")
      process.arguments = ["-c", shell, "sh", tool.path] + arguments
    } else {
      process.executableURL = tool
      process.arguments = arguments
    }
    process.currentDirectoryURL = folder ?? capture.url
    process.standardInput = FileHandle.nullDevice
    // Files, because a pipe that nobody reads would stop a tool that prints much.
    process.standardOutput = try capture.fileToWrite("standard-output")
    process.standardError = try capture.fileToWrite("standard-error")

    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    try process.run()
    if ended.wait(timeout: .now() + timeoutSeconds) == .timedOut {
      kill(process.processIdentifier, SIGKILL)
      ended.wait()
      Issue.record(
        "tandem \(arguments.joined(separator: " ")) took more than \(timeoutSeconds) s",
        sourceLocation: sourceLocation)
    }
    self.arguments = arguments
    exitCode = process.terminationReason == .exit ? process.terminationStatus : -1
    standardOutput = try capture.text("standard-output")
    standardError = try capture.text("standard-error")
    // The tool speaks of options, whatever went wrong.
    let settings = OptionTable.names.filter {
      (standardOutput + standardError).contains("`\($0)`")
    }
    #expect(settings.isEmpty, "\(standardError)", sourceLocation: sourceLocation)
  }

  /// The words of a command line, without `tandem`; nothing is quoted.
  init(
    _ line: String, in folder: URL? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try self.init(
      line.split(separator: " ").map(String.init), in: folder, sourceLocation: sourceLocation)
  }

  static func tool(_ sourceLocation: SourceLocation = #_sourceLocation) throws -> URL {
    let bundle = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    let tool = bundle.deletingLastPathComponent().appending(path: "tandem")
    try #require(
      FileManager.default.isExecutableFile(atPath: tool.path),
      "no tool beside the test bundle at \(tool.path); build with swift build -c release --build-tests",
      sourceLocation: sourceLocation)
    return tool
  }

  var lines: [Substring] { standardOutput.split(separator: "\n") }
  var errorLines: [Substring] { standardError.split(separator: "\n") }

  /// Standard output as JSON, after checking that the run went well.
  func json<Value: Decodable>(
    as type: Value.Type, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Value {
    expectSuccess(sourceLocation: sourceLocation)
    return try JSONDecoder().decode(type, from: Data(standardOutput.utf8))
  }

  func expectSuccess(sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(exitCode == 0, "\(standardError)", sourceLocation: sourceLocation)
  }

  /// The run failed as the rules ask: exit code not 0, nothing printed, and one line of error that
  /// contains each of `parts`.
  func expectFailure(
    naming parts: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(exitCode > 0, "\(standardOutput)", sourceLocation: sourceLocation)
    #expect(standardOutput.isEmpty, sourceLocation: sourceLocation)
    let errors = errorLines.filter { $0.hasPrefix("tandem: error: ") }
    #expect(errors.count == 1, "\(standardError)", sourceLocation: sourceLocation)
    let others = errorLines.filter { !$0.hasPrefix("tandem: ") }
    #expect(others.isEmpty, "\(standardError)", sourceLocation: sourceLocation)
    for part in parts {
      #expect(standardError.contains(part), "\(standardError)", sourceLocation: sourceLocation)
    }
  }
}
