import ArgumentParser
import Foundation
import Logging
import Tandem
import TandemCollectives
import TandemExecution
import TandemNetwork
import TandemProcess
import TandemTensor
import TandemTraining

/// How much is said, and where besides standard error.
struct MessageOptions: ParsableArguments {
  @Flag(help: "Say nothing but warnings and errors.")
  var quiet = false

  @Flag(help: "Say more: versions, cores, memory, checkpoints, how gradients travel.")
  var verbose = false

  @Option(
    help: ArgumentHelp(
      "Append all messages to this file too, each line with its time; --quiet does not concern it.",
      valueName: "file"),
    completion: .file(), transform: nonEmptyPath)
  var logFile: String?

  func validate() throws {
    if quiet, verbose { throw ValidationError("give one of --quiet and --verbose") }
  }

  /// Has messages go where they should, from now on.
  /// - Throws: `FileError` if there can be no such file.
  func begin(_ launch: LaunchEnvironment) throws {
    StandardErrorLog.isQuiet = quiet
    StandardErrorLog.isVerbose = verbose
    if let logFile { try beginLog(logFile, isFirst: launch.speaks) }
    let log = Logger(label: "tandem.tool")
    guard launch.speaks else { return }
    MessageLog.write("tandem: started: " + ShellText.line(["tandem"] + ToolArguments.all))
    log.debug(
      "tandem \(toolVersion), oneDNN \(OneDNN.version) with \(OneDNN.instructionSet), \(MPILibrary.version)"
    )
    log.debug(
      "host \(HostName.current), \(counted(CPUTopology.current().usableCores, "core")) for workers")
  }

  /// Only ranks with something to say make a file, on hosts of their own perhaps.
  private func beginLog(_ path: String, isFirst: Bool) throws {
    let open: @Sendable () -> Int32? = {
      let file = FileSystem.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
      return file < 0 ? nil : file
    }
    guard isFirst else {
      MessageLog.begin(open)
      return
    }
    guard let file = open() else { throw FileError.cannotWrite(path: path, code: errno) }
    MessageLog.begin { file }
  }

  /// What shows the progress of a training.
  /// - Parameter plotting: whether with curves.
  func observers(plotting: Bool = false) -> [any TrainingObserver] {
    var observers: [any TrainingObserver] =
      quiet
      ? [WarningDisplay()] : plotting ? CurveDisplay.observers() : [ProgressDisplay.automatic()]
    // Plain lines on standard error are in the file already.
    if MessageLog.isOpen, quiet || MessageStream.standardError.isTerminal {
      observers.append(PlainProgress { line in MessageLog.write(line) })
    }
    if verbose { observers.append(DetailDisplay()) }
    return observers
  }
}
