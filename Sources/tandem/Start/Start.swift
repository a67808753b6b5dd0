import ArgumentParser
import CMemory
import Foundation
import TandemCollectives
import TandemProcess

/// What the tool cannot do without, looked for before a library finds out in its own way: by a
/// crash, or by waiting for ever.
enum Start {
  /// The first thing of all.
  static func prepare(_ launch: LaunchEnvironment) {
    tandem_limit_heaps()
    tandem_name_process(launch.speaker)
    MessageStream.wording = OptionNames.worded
    tandem_advise_process(OptionNames.worded(OptionNames.adviceWithoutMemory))
    check(launch) { try StartMemory.requireAny() }
  }

  /// Before a subcommand begins.
  static func require(for command: any ParsableCommand, _ launch: LaunchEnvironment) {
    guard
      command is any RankedCommand || command is PredictCommand || command is GradcheckCommand
        || command is PlanCommand
    else { return }
    check(launch) {
      try StartDescriptors.require()
      try StartMemory.requireEnough(launch)
    }
  }

  private static func check(_ launch: LaunchEnvironment, _ body: () throws -> Void) {
    do {
      try body()
    } catch {
      // Limits differ from host to host. Where they do not, the launcher ends the others before
      // they say the same.
      if !launch.speaks { sleep(2) }
      FailureReport(running: error).exit(speaker: launch.speaker)
    }
  }
}
