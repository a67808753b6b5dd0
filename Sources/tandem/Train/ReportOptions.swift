import ArgumentParser
import Tandem

/// What a training tells besides its results.
struct ReportOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write each step's loss, rate and times as comma-separated values.", valueName: "file.csv"),
    completion: .file(), transform: nonEmptyPath)
  var stepLog: String?

  @Option(
    help: ArgumentHelp(
      "Write events for TensorBoard to this folder: the course of loss, accuracy and rate, histograms of "
        + "weights and gradients, pictures, the graph and the settings.", valueName: "folder"),
    completion: .directory, transform: nonEmptyPath)
  var tensorboard: String?

  @Flag(
    help: ArgumentHelp(
      "After each epoch, tell of each layer the size of its weights, what the last step has changed, the "
        + "gradient and dead units; the output folder gets layers.csv."))
  var layerStatistics = false

  @Flag(help: "Show curves below the progress, in the terminal.")
  var plot = false

  @Flag(
    help: ArgumentHelp(
      "Write report.html into the output folder when all epochs are over; see 'tandem report'."))
  var report = false

  @Flag(
    help: ArgumentHelp(
      "Do all as far as the first step, and a few steps of which nothing is kept: tell settings, steps, time, "
        + "memory and disk, and refuse what does not fit."))
  var dryRun = false

  @Option(
    help: ArgumentHelp(
      "Exit code of a run that a signal has ended early, 130 for example, so that 'train && evaluate' "
        + "does not go on. (default: 0)", valueName: "n"),
    transform: processCode)
  var exitCodeOnStop = 0

  func apply(to options: inout TrainingOptions) {
    options.layerStatistics = layerStatistics
    options.keepsGradients = tensorboard != nil
  }
}

/// What a process can leave behind.
private let processCode: @Sendable (String) throws -> Int = { text in
  guard let code = Int(text), (0...255).contains(code) else {
    throw ValidationError("give a whole number from 0 to 255")
  }
  return code
}
