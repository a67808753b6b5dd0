import ArgumentParser
import Foundation
import Logging

/// The command line tool: parses, runs one subcommand, and turns every error into one line.
@main
struct TandemCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tandem",
    abstract: "Train convolutional networks on all cores of this machine.",
    discussion: """
      A first run, on pictures that Tandem draws itself:
        tandem train --model simple-convnet --data shapes --epochs 2 --output run1
        tandem evaluate --weights run1 --data shapes
      """,
    version: toolVersion,
    subcommands: [
      TrainCommand.self, EvaluateCommand.self, PredictCommand.self, SummaryCommand.self,
      BenchCommand.self,
      GradcheckCommand.self, DoctorCommand.self,
    ]
  )

  static func main() {
    // A file that would grow beyond the shell's limit is then an error of the write, as a full disk is,
    // instead of the end of the process.
    signal(SIGXFSZ, SIG_IGN)
    LoggingSystem.bootstrap { label in StandardErrorLog(label: label) }
    var command: any ParsableCommand
    do {
      command = try parseAsRoot()
    } catch {
      FailureReport(parsing: error).exit()
    }
    do {
      try command.run()
      // A result that did not arrive, on a full disk for example, is a failure.
      if fflush(nil) != 0 { throw OutputError.standardOutput(code: errno) }
    } catch {
      FailureReport(running: error).exit()
    }
  }
}

let toolVersion = "0.1.0"
