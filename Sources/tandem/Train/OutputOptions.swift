import ArgumentParser
import Tandem

/// Where results go, and which earlier run they continue.
struct OutputOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Folder for history and checkpoints.", valueName: "folder"))
  var output: String?

  @Flag(help: "Replace another run's results in the output folder.")
  var overwrite = false

  @Option(
    help: ArgumentHelp("Checkpoints within an epoch, every n steps.", valueName: "n"),
    transform: atLeast(1))
  var checkpointEverySteps: Int?

  @Option(
    help: ArgumentHelp(
      "Continue the run in this output folder; give the run's other options too.",
      valueName: "folder"))
  var resume: String?

  func apply(to options: inout TrainingOptions) {
    options.outputFolder = output ?? resume
    options.overwritesOutput = overwrite
    options.checkpointEverySteps = checkpointEverySteps
  }
}
