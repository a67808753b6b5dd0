import ArgumentParser
import Tandem

/// Where results go, and which earlier run they continue.
struct OutputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Folder for history and checkpoints. (default: runs/MODEL-DATA-DATE-N, made for this run)",
      valueName: "folder"),
    completion: .directory, transform: nonEmptyPath)
  var output: String?

  @Flag(help: "Keep nothing: no folder, no history, no checkpoints.")
  var noOutput = false

  @Flag(help: "Replace another run's results in the output folder.")
  var overwrite = false

  @Option(
    help: ArgumentHelp(
      "Keep the weights of the epoch that is best in this, beside the last ones: val-loss, val-error or "
        + "val-accuracy, those of --ema with ema-val-...; test-... where there are no validation images.",
      valueName: "metric"),
    transform: epochMetric)
  var keepBest: EpochMetric?

  @Option(
    help: ArgumentHelp("Checkpoints that stay, the last ones. (default: 1)", valueName: "n"),
    transform: atLeast(1))
  var keep: Int?

  @Option(
    help: ArgumentHelp(
      "End after so many epochs in sequence that were no better, or by less than delta, in the metric of "
        + "--keep-best, else in val-loss.",
      valueName: "patience[,delta]"),
    transform: earlyStoppingLimits)
  var earlyStopping: EarlyStopping?

  @Option(
    help: ArgumentHelp("Checkpoints within an epoch, every n steps.", valueName: "n"),
    transform: atLeast(1))
  var checkpointEverySteps: Int?

  @Option(
    help: ArgumentHelp(
      "Continue the run in this output folder, with the options of its run.json; those that are given have precedence.",
      valueName: "folder"),
    completion: .directory, transform: nonEmptyPath)
  var resume: String?

  func validate() throws {
    if noOutput, output != nil {
      throw ValidationError(
        "--output keeps what is trained and --no-output does not; give one of them")
    }
    if overwrite, output == nil {
      throw ValidationError("--overwrite replaces what is in a folder; name it with --output")
    }
    if checkpointEverySteps != nil, noOutput {
      throw ValidationError(
        "--checkpoint-every-steps needs a folder for the checkpoints; leave out --no-output")
    }
  }

  /// The folder that is named; nil for one of the run's own, or none.
  var folder: String? { noOutput ? nil : output ?? resume }

  func apply(to options: inout TrainingOptions) {
    options.outputFolder = folder
    options.overwritesOutput = overwrite
    options.checkpointEverySteps = checkpointEverySteps
    options.keepBest = keepBest
    options.keptCheckpoints = keep ?? 1
    options.earlyStopping = earlyStopping.map {
      EarlyStopping(
        metric: keepBest ?? $0.metric, patience: $0.patience, minimumDelta: $0.minimumDelta)
    }
  }
}

/// `val-loss`
let epochMetric: @Sendable (String) throws -> EpochMetric = { text in
  if let metric = EpochMetric(text) { return metric }
  let names = EpochMetric.allCases.map(\.description).joined(separator: ", ")
  throw ValidationError("give one of \(names)")
}

/// `5` or `5,0.001`
private let earlyStoppingLimits: @Sendable (String) throws -> EarlyStopping = { text in
  let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  guard let patience = Int(parts[0]), (1...Int(Int32.max)).contains(patience), parts.count <= 2,
    let delta = parts.count == 1 ? 0 : Double(parts[1]), delta.isFinite, delta >= 0
  else {
    throw ValidationError(
      "give a number of epochs, and perhaps by how much one has to be better, for example 5 or 5,0.001"
    )
  }
  return EarlyStopping(patience: patience, minimumDelta: delta)
}
