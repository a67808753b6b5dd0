import Foundation

/// A program of the same build as these tests, run by `mpirun` with as many ranks as asked for, on
/// any machine: more ranks than cores are let through, and root may.
package final class MPIRun {
  package struct Ended {
    /// mpirun's own; -1 if a signal ended it.
    package let exitCode: Int32
    /// It had to be killed because it took too long.
    package let isTimedOut: Bool
    package let output: String
    package let errors: String

    package var errorLines: [Substring] { errors.split(separator: "\n") }
    /// The lines that Tandem itself wrote as errors; mpirun adds its own.
    package var tandemErrors: [Substring] {
      errorLines.filter { $0.hasPrefix("tandem: error: ") }
    }
  }

  private let process = Process()
  private let ended = DispatchSemaphore(value: 0)
  private let folder: URL
  private let timeoutSeconds: Double
  private var result: Ended?

  /// Whether there is an `mpirun` on the PATH.
  package static var isInstalled: Bool { mpirun != nil }

  private static var mpirun: URL? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .map { URL(filePath: String($0)).appending(path: "mpirun") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }

  /// The first number of Open MPI's version: 5 has other names and other words.
  package static let majorVersion: Int = {
    guard let mpirun else { return 0 }
    let process = Process()
    let output = Pipe()
    process.executableURL = mpirun
    process.arguments = ["--version"]
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return 0 }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let version = text.split(whereSeparator: { $0 == " " || $0 == "\n" }).first {
      $0.first?.isNumber == true
    }
    return version?.split(separator: ".").first.flatMap { Int($0) } ?? 0
  }()

  /// mpirun's options that give ranks more than a moment between the signals that end them, where
  /// there are any: Open MPI 5 grants a quarter of a second.
  package static func grace(seconds: Int) -> [String] {
    majorVersion >= 5 ? [] : ["--mca", "odls_base_sigkill_timeout", "\(seconds)"]
  }

  /// Starts the job.
  ///
  /// - Parameters:
  ///   - program: the name of a program beside the test bundle.
  ///   - others: arguments of more ranks, one each, after the first `ranks`.
  ///   - options: more of mpirun's options.
  ///   - wrapper: a shell's commands that each rank runs before the program.
  ///   - timeoutSeconds: after this, `wait` kills the job.
  package init(
    ranks: Int, program: String = "rank-tests", _ arguments: [String], others: [[String]] = [],
    options: [String] = [], wrapper: String? = nil, environment: [String: String] = [:],
    in workingFolder: URL? = nil, timeoutSeconds: Double = 60
  ) throws {
    guard let mpirun = Self.mpirun else { throw MPIRunError.notInstalled }
    let bundle = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    let program = bundle.deletingLastPathComponent().appending(path: program)
    guard FileManager.default.isExecutableFile(atPath: program.path) else {
      throw MPIRunError.notBuilt(program.path)
    }
    self.timeoutSeconds = timeoutSeconds
    folder = FileManager.default.temporaryDirectory
      .appending(path: "tandem-mpirun-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    process.executableURL = mpirun
    var command = [program.path] + arguments
    if wrapper != nil || !others.isEmpty {
      let script = folder.appending(path: "rank")
      try Self.script(
        first: command, others: others.map { [program.path] + $0 }, after: ranks, wrapper: wrapper
      )
      .write(to: script, atomically: true, encoding: .utf8)
      command = ["/bin/sh", script.path]
    }
    process.arguments =
      ["-n", "\(ranks + others.count)", "--oversubscribe"] + options + command
    process.environment = ProcessInfo.processInfo.environment
      .merging(["OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"]) { $1 }
      .merging(environment) { $1 }
    process.currentDirectoryURL = workingFolder ?? folder
    process.standardInput = FileHandle.nullDevice
    // Files, because a pipe that nobody reads would stop a job that prints much.
    process.standardOutput = try fileToWrite("output")
    process.standardError = try fileToWrite("errors")
    process.terminationHandler = { [ended] _ in ended.signal() }
    try Self.withoutBlockedSignals { try process.run() }
  }

  /// What a rank runs: with mpirun's own `:` between different commands 5.0.7 crashes.
  private static func script(
    first: [String], others: [[String]], after ranks: Int, wrapper: String?
  ) -> String {
    func quoted(_ command: [String]) -> String {
      command.map { "'" + $0.replacingOccurrences(of: "'", with: "'\\''") + "'" }
        .joined(separator: " ")
    }
    var lines = wrapper.map { [$0] } ?? []
    lines.append("case $OMPI_COMM_WORLD_RANK in")
    for (index, other) in others.enumerated() {
      lines.append("\(ranks + index)) exec \(quoted(other)) ;;")
    }
    lines += ["*) exec \(quoted(first)) ;;", "esac"]
    return lines.joined(separator: "\n") + "\n"
  }

  /// Threads that run tests may block signals, and a process that they start would inherit that.
  package static func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
    var none = sigset_t()
    var former = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &former)
    defer { pthread_sigmask(SIG_SETMASK, &former, nil) }
    try body()
  }

  deinit {
    if result == nil { kill() }
    try? FileManager.default.removeItem(at: folder)
  }

  /// Runs a job to its end.
  package static func run(
    ranks: Int, program: String = "rank-tests", _ arguments: [String], others: [[String]] = [],
    options: [String] = [], wrapper: String? = nil, environment: [String: String] = [:],
    in workingFolder: URL? = nil, timeoutSeconds: Double = 60
  ) throws -> Ended {
    try MPIRun(
      ranks: ranks, program: program, arguments, others: others, options: options,
      wrapper: wrapper, environment: environment, in: workingFolder, timeoutSeconds: timeoutSeconds
    ).wait()
  }

  /// Waits for the end of the job, and kills it when it takes too long.
  package func wait() throws -> Ended {
    if let result { return result }
    let isTimedOut = ended.wait(timeout: .now() + timeoutSeconds) == .timedOut
    if isTimedOut {
      kill()
      ended.wait()
    }
    let ended = Ended(
      exitCode: process.terminationReason == .exit ? process.terminationStatus : -1,
      isTimedOut: isTimedOut, output: try text("output"), errors: try text("errors"))
    result = ended
    return ended
  }

  /// What the job has printed so far.
  package var outputSoFar: String { (try? text("output")) ?? "" }

  package var errorsSoFar: String { (try? text("errors")) ?? "" }

  /// Waits until the job has printed `text`; whether it has.
  package func waitForOutput(_ text: String, seconds: Double = 30) -> Bool {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while Date() < deadline {
      if outputSoFar.contains(text) { return true }
      usleep(20_000)
    }
    return false
  }

  /// Sends a signal to mpirun itself.
  package func send(_ signal: Int32) {
    Foundation.kill(process.processIdentifier, signal)
  }

  /// The process of each rank that is still there, by rank.
  package var rankProcesses: [Int: pid_t] {
    var processes: [Int: pid_t] = [:]
    for child in Self.descendants(of: process.processIdentifier) {
      if let rank = Self.environment(of: child, "OMPI_COMM_WORLD_RANK").flatMap({ Int($0) }) {
        processes[rank] = child
      }
    }
    return processes
  }

  /// Waits until so many ranks have a process; whether they have.
  package func waitForRanks(_ count: Int, seconds: Double = 30) -> Bool {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while Date() < deadline {
      if rankProcesses.count == count { return true }
      usleep(20_000)
    }
    return false
  }

  /// Whether processes are all over, or will be within a moment: a killed one may still be leaving.
  package static func haveEnded(_ processes: some Sequence<pid_t>, seconds: Double = 5) -> Bool {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while processes.contains(where: { parent(of: $0) != nil }) {
      if Date() > deadline { return false }
      usleep(20_000)
    }
    return true
  }

  /// Ends mpirun and all its ranks at once.
  package func kill() {
    let all = [process.processIdentifier] + Self.descendants(of: process.processIdentifier)
    for process in all { Foundation.kill(process, SIGKILL) }
  }

  private static func descendants(of parent: pid_t) -> [pid_t] {
    let children = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?
      .compactMap { pid_t($0) }
      .filter { Self.parent(of: $0) == parent }
    return (children ?? []).flatMap { [$0] + descendants(of: $0) }
  }

  /// The parent of a process that is there and not a zombie.
  private static func parent(of process: pid_t) -> pid_t? {
    // pid (name, which may hold anything) state parent …
    guard let data = FileManager.default.contents(atPath: "/proc/\(process)/stat") else {
      return nil
    }
    let text = String(decoding: data, as: UTF8.self)
    let fields = text.suffix(from: text.lastIndex(of: ")") ?? text.startIndex).split(separator: " ")
    guard fields.count > 2, fields[1] != "Z" else { return nil }
    return pid_t(fields[2])
  }

  private static func environment(of process: pid_t, _ name: String) -> String? {
    guard let data = FileManager.default.contents(atPath: "/proc/\(process)/environ") else {
      return nil
    }
    return data.split(separator: 0).lazy.map { String(decoding: $0, as: UTF8.self) }
      .first { $0.hasPrefix(name + "=") }
      .map { String($0.dropFirst(name.count + 1)) }
  }

  private func fileToWrite(_ name: String) throws -> FileHandle {
    let file = folder.appending(path: name)
    try Data().write(to: file)
    return try FileHandle(forWritingTo: file)
  }

  private func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
  }
}

package enum MPIRunError: Error, CustomStringConvertible {
  case notInstalled
  case notBuilt(String)

  package var description: String {
    switch self {
    case .notInstalled: "there is no mpirun on the PATH; scripts/setup.sh installs it"
    case .notBuilt(let path):
      "no program at \(path); build with swift build -c release --build-tests"
    }
  }
}
