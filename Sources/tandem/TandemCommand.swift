import ArgumentParser
import Foundation
import Logging
import Tandem
import TandemCollectives
import TandemProcess
import TandemTensor

/// The command line tool: parses, runs one subcommand, and turns every error into one line.
@main
struct TandemCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tandem",
    abstract:
      "Train convolutional networks on all cores of a machine, or of a cluster under mpirun.",
    discussion: """
      A first run, on pictures that Tandem draws itself:
        tandem train --model simple-convnet --data shapes --epochs 2 --output run1
        tandem evaluate --weights run1 --data shapes
      """,
    version: toolVersion,
    subcommands: [
      TrainCommand.self, LRFindCommand.self, EvaluateCommand.self, PredictCommand.self,
      ModelsCommand.self,
      SummaryCommand.self, GradcheckCommand.self, BenchCommand.self, BenchExchangeCommand.self,
      PlanCommand.self, DoctorCommand.self, AugmentCommand.self, ShowBatchCommand.self,
      FeaturesCommand.self, ExplainCommand.self, ActivationsCommand.self, FiltersCommand.self,
      AscendCommand.self, EmbedCommand.self, PlotCommand.self, ReportCommand.self,
      LiveCommand.self, ServeCommand.self, ExportCommand.self, DataCommand.self,
      ShowCommand.self, DiffCommand.self, RunsCommand.self, ManualCommand.self,
    ]
  )

  static func main() {
    ProcessSignals.keep()
    LoggingSystem.bootstrap { label in StandardErrorLog(label: label) }
    let launch = LaunchEnvironment.current
    Start.prepare(launch)
    var command: any ParsableCommand
    do {
      command = try parseAsRoot(ResumedOptions.completed(ToolArguments.all))
    } catch let error as RunRecordError {
      FailureReport(running: error).exit(launch)
    } catch let error as ConfigError {
      FailureReport(running: error).exit(launch)
    } catch let error as FileError {
      FailureReport(running: error).exit(launch)
    } catch {
      FailureReport(parsing: error).exit(launch)
    }
    do {
      try (command as? any SpeakingCommand)?.messages.begin(launch)
    } catch {
      FailureReport(running: error).exit(launch)
    }
    Start.require(for: command, launch)
    if let command = command as? any RankedCommand {
      runOnAllRanks(command)
    } else {
      runOnOneRank(&command, launch)
    }
  }

  private static func runOnAllRanks(_ command: some RankedCommand) {
    Job.startTimeoutSeconds = Double(command.ranks.startTimeout)
    Job.begin()
    let input = Result { try command.read() }
    let job: Job
    do {
      job = try Job.current()
    } catch {
      FailureReport(running: error).exitInTurn(.current)
    }
    StandardErrorLog.begin(job)
    job.stallTimeoutSeconds = Double(command.ranks.stallTimeout)
    do {
      try command.run(input.get(), in: job)
      try finishOutput(of: command)
      try job.finish()
      endWithChosenCode()
    } catch {
      let report = FailureReport(running: error)
      if job.size == 1 { report.exit() }
      job.fail(error is JobError || error is any JobWideError ? error : report)
    }
  }

  /// Ends the process if its exit code is to say more than that all went well. Other ranks leave
  /// first, because `mpirun` might end them.
  private static func endWithChosenCode() {
    guard ProcessEnding.exitCode != 0 else { return }
    LaunchEnvironment.current.waitForOthers()
    Foundation.exit(ProcessEnding.exitCode)
  }

  /// What one process does alone: with several ranks there is nothing for the others to do.
  private static func runOnOneRank(
    _ command: inout any ParsableCommand, _ launch: LaunchEnvironment
  ) {
    do {
      // Help is a command too, and not of ours.
      let isSubcommand = configuration.subcommands.contains { $0 == type(of: command) }
      if let ranks = launch.size, ranks > 1, isSubcommand {
        throw ValidationError(
          "\(type(of: command)._commandName) runs as one process; start it without mpirun")
      }
      if !launch.speaks { Foundation.exit(0) }
      try command.run()
      try finishOutput(of: command)
    } catch {
      FailureReport(running: error).exit(launch)
    }
  }

  /// A result that did not arrive, on a full disk for example, is a failure. A reader that has seen
  /// enough is none, unless there is more to the command than what it prints.
  private static func finishOutput(of command: any ParsableCommand) throws {
    let isSaved = (command as? any SavingCommand)?.savesResults ?? false
    switch ProcessOutput.finish() {
    case 0: return
    case EPIPE where !(command is any SavingCommand): ProcessOutput.endWithoutReader()
    case let code: throw OutputError.standardOutput(code: code, isSaved: isSaved)
    }
  }
}

let toolVersion = "0.1.0"
/// When the options were last other ones, as manual pages say it.
let toolDate = "2026-11-29"
