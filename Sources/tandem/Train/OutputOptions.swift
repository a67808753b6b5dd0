import ArgumentParser
import Tandem

/// Where results go, and which earlier run they continue.
struct OutputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Folder for history and checkpoints.", valueName: "folder"),
    transform: nonEmptyPath)
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
      valueName: "folder"),
    transform: nonEmptyPath)
  var resume: String?

  func validate() throws {
    if overwrite, output == nil {
      throw ValidationError("--overwrite replaces what is in a folder; name it with --output")
    }
    if checkpointEverySteps != nil, output == nil, resume == nil {
      throw ValidationError("--checkpoint-every-steps needs an --output folder for the checkpoints")
    }
  }

  func apply(to options: inout TrainingOptions) {
    options.outputFolder = output ?? resume
    options.overwritesOutput = overwrite
    options.checkpointEverySteps = checkpointEverySteps
  }
}
