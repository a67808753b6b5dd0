import Foundation
import TestSupport
import Testing

/// A run of the built tool that a test watches and sends signals to.
final class StartedTool {
  struct Ended {
    /// nil if a signal ended it.
    let exitCode: Int32?
    let signal: Int32?
    let output: String
    let errors: String
  }

  private let process = Process()
  private let capture: TemporaryFolder
  private let ended = DispatchSemaphore(value: 0)
  private var hasEnded = false

  /// - Parameters:
  ///   - line: the words of a command line, without `tandem`; nothing is quoted.
  ///   - shell: a script of /bin/sh that ends by running `exec "$@"`.
  ///   - output: where standard output goes, for a test that reads it itself.
  init(_ line: String, shell: String = "exec \"$@\"", output: FileHandle? = nil) throws {
    capture = try TemporaryFolder()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments =
      ["-c", "ulimit -c 0; \(shell)", "sh", try ToolRun.tool().path]
      + line.split(separator: " ").map(String.init)
    process.currentDirectoryURL = capture.url
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try output ?? capture.fileToWrite("standard-output")
    process.standardError = try capture.fileToWrite("standard-error")
    process.terminationHandler = { [ended] _ in ended.signal() }
    try MPIRun.withoutBlockedSignals { try process.run() }
  }

  deinit {
    if !hasEnded { kill(process.processIdentifier, SIGKILL) }
  }

  /// What it has written to standard error so far.
  var errors: String { (try? capture.text("standard-error")) ?? "" }

  var isRunning: Bool { process.isRunning }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Waits until something is true of the run; throws if it is not for a long time, or the run
  /// ends.
  func wait(
    for what: String, seconds: Double = 120, until isTrue: () throws -> Bool
  ) throws {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while try !isTrue() {
      guard Date() < deadline, process.isRunning else {
        throw Unexpected(what: what, errors: (try? capture.text("standard-error")) ?? "")
      }
      usleep(5_000)
    }
  }

  /// Waits until the tool, and not the shell before it, does something of its own about a signal.
  func waitUntilHandled(_ signal: Int32, _ isHandled: Bool = true) throws {
    try wait(for: "\(isHandled ? "a" : "no") handler of signal \(signal)") {
      isTool && isSet(signal, "SigCgt") == isHandled
    }
  }

  /// Waits for the end; a run that takes too long is killed.
  func end(seconds: Double = 120) throws -> Ended {
    if ended.wait(timeout: .now() + seconds) == .timedOut {
      kill(process.processIdentifier, SIGKILL)
      ended.wait()
      Issue.record("the tool did not end")
    }
    hasEnded = true
    let isExit = process.terminationReason == .exit
    return Ended(
      exitCode: isExit ? process.terminationStatus : nil,
      signal: isExit ? nil : process.terminationStatus,
      output: (try? capture.text("standard-output")) ?? "",
      errors: try capture.text("standard-error"))
  }

  private var status: String {
    FileManager.default.contents(atPath: "/proc/\(process.processIdentifier)/status")
      .map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  private var isTool: Bool { status.hasPrefix("Name:\ttandem\n") }

  /// Whether a signal is in one of the masks in /proc.
  private func isSet(_ signal: Int32, _ mask: String) -> Bool {
    let line = status.split(separator: "\n").first { $0.hasPrefix("\(mask):") }
    let digits = line?.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } ?? 0
    return digits >> (UInt64(signal) - 1) & 1 == 1
  }

  struct Unexpected: Error {
    let what: String
    let errors: String
  }
}
