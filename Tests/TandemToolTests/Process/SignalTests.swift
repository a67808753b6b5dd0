import Foundation
import Testing

/// What signals do to a run of the built tool, from its first line to its last.
@Suite(.serialized) struct SignalTests {
  /// Would take hours, and writes checkpoints all the time.
  private static let endless =
    "train --model mlp --data shapes:400,20 --epochs 1000000 --workers 1 "
    + "--checkpoint-every-steps 2 --output "

  private let folder: TemporaryFolder
  private var output: String { folder.path("run") }
  private var checkpoint: String { output + "/checkpoint-last/model.safetensors" }

  init() throws {
    folder = try TemporaryFolder()
  }

  private func startTraining(shell: String = "exec \"$@\"") throws -> StartedTool {
    let tool = try StartedTool(Self.endless + output, shell: shell)
    try tool.wait(for: "a checkpoint") { FileManager.default.fileExists(atPath: checkpoint) }
    return tool
  }

  private func expectCheckpoint(
    _ ended: StartedTool.Ended, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(ended.exitCode == 0, "\(ended)", sourceLocation: sourceLocation)
    let lines = ended.errors.split(separator: "\n")
    #expect(
      lines.contains { $0.hasPrefix("interrupted after ") }, "\(ended.errors)",
      sourceLocation: sourceLocation)
    #expect(
      lines.last == "to continue, run the same command with --resume \(output)",
      "\(ended.errors)", sourceLocation: sourceLocation)
    #expect(
      FileManager.default.fileExists(atPath: checkpoint), sourceLocation: sourceLocation)
    #expect(ended.output.contains("mlp on shapes"), sourceLocation: sourceLocation)
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGUSR1])
  func requestsFinishTheStep(signal: Int32) throws {
    let tool = try startTraining()
    tool.send(signal)
    expectCheckpoint(try tool.end())
  }

  @Test func whatIsLostWithoutACheckpointIsSeen() throws {
    let tool = try startTraining()
    tool.send(SIGKILL)
    let ended = try tool.end()
    withKnownIssue { expectCheckpoint(ended) }
  }

  /// A shell that goes away sends SIGHUP more than once, and others SIGTERM.
  @Test func goneTerminalsMayBeToldOften() throws {
    let tool = try startTraining()
    for signal in [SIGHUP, SIGUSR1, SIGHUP, SIGTERM, SIGHUP] { tool.send(signal) }
    expectCheckpoint(try tool.end())
  }

  @Test func ignoredHangUpStaysIgnored() throws {
    let tool = try startTraining(shell: "trap '' HUP; exec \"$@\"")
    tool.send(SIGHUP)
    try FileManager.default.removeItem(atPath: checkpoint)
    try tool.wait(for: "another checkpoint") {
      FileManager.default.fileExists(atPath: checkpoint)
    }
    tool.send(SIGTERM)
    expectCheckpoint(try tool.end())
  }

  @Test func secondOneEndsAtOnce() throws {
    // Steps that take seconds.
    let tool = try StartedTool(
      "train --model cifar-resnet-20 --data shapes:3000,20 --batch-size 150 "
        + "--grad-accum-steps 20 --epochs 100 --workers 1 --output \(output)")
    try tool.waitUntilHandled(SIGTERM)
    tool.send(SIGTERM)
    try tool.waitUntilHandled(SIGTERM, false)
    tool.send(SIGTERM)
    #expect(try tool.end().signal == SIGTERM)
  }

  /// Nothing is lost yet, so nobody waits.
  @Test(arguments: [SIGINT, SIGTERM, SIGQUIT, SIGHUP])
  func requestsWhileStartingEndAtOnce(signal: Int32) throws {
    let tool = try StartedTool(
      "train --model mlp --data shapes:60000,20 --epochs 1000 --output \(output)")
    try tool.waitUntilHandled(SIGUSR1)
    tool.send(signal)
    let ended = try tool.end()
    #expect(ended.signal == signal)
    #expect(ended.errors.isEmpty && ended.output.isEmpty, "\(ended)")
  }

  @Test func userSignalWhileStartingIsKept() throws {
    let tool = try StartedTool(
      "train --model mlp --data shapes:400,20 --epochs 1000000 --output \(output)")
    try tool.waitUntilHandled(SIGUSR1)
    tool.send(SIGUSR1)
    expectCheckpoint(try tool.end())
  }

  /// After training, while its result waits for somebody to read it.
  @Test(arguments: [SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGUSR1])
  func requestsAfterTrainingDoNotEndTheRun(signal: Int32) throws {
    let pipe = Pipe()
    try Self.fill(pipe)
    let tool = try StartedTool(
      "train --model mlp --data shapes:400,20 --epochs 1 --output \(output)",
      output: pipe.fileHandleForWriting)
    try tool.wait(for: "the end of training") {
      FileManager.default.fileExists(atPath: checkpoint)
    }
    usleep(300_000)
    tool.send(signal)
    usleep(100_000)
    try pipe.fileHandleForWriting.close()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let ended = try tool.end()
    #expect(ended.exitCode == 0, "\(ended)")
    #expect(text.contains("holds run.json, history.csv, history.json and the checkpoints.\n"))
    #expect(text.hasSuffix(" --epochs 2\n"), "\(text)")
  }

  /// Such as another process sends, not those of our own faults.
  @Test(arguments: [SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE, SIGTRAP])
  func crashSignalsEndTheRun(signal: Int32) throws {
    let tool = try startTraining()
    tool.send(signal)
    let ended = try tool.end()
    #expect(ended.signal == signal)
    #expect(!ended.errors.contains("rash") && !ended.errors.contains("Thread"), "\(ended.errors)")
  }

  /// Until nothing more goes in.
  private static func fill(_ pipe: Pipe) throws {
    let descriptor = pipe.fileHandleForWriting.fileDescriptor
    let flags = fcntl(descriptor, F_GETFL)
    _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
    var bytes = [UInt8](repeating: 0x20, count: 4096)
    while write(descriptor, &bytes, bytes.count) > 0 {}
    bytes = [0x20]
    while write(descriptor, &bytes, 1) > 0 {}
    _ = fcntl(descriptor, F_SETFL, flags)
  }
}
