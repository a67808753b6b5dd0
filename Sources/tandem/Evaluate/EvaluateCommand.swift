import ArgumentParser
import Tandem
import TandemInsight
import TandemNetwork
import TandemProcess
import TandemTraining

/// `tandem evaluate`: how good trained weights are on a data set's test images, and where they are
/// not.
struct EvaluateCommand: RankedCommand, SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure trained weights on the test images, and say where they go wrong.",
    discussion: """
      Pixels are normalised as in the training that made the weights. Under mpirun the ranks divide \
      the images among them.

      Example:
        tandem evaluate --weights run1 --data shapes
        tandem evaluate --weights run1 --data shapes --top-losses 20
        tandem evaluate --weights run1 --data shapes --against run2
        tandem evaluate --weights lenet.safetensors --model lenet --data shapes --json
      """
  )

  @OptionGroup
  var trained: TrainedWeights

  @OptionGroup
  var width: WidthOptions

  @OptionGroup(title: "Data")
  var data: DataOptions

  @Option(
    help: ArgumentHelp(
      "Scale pixels so, for weights that do not say how: \(NormalizationChoice.meaning)",
      valueName: "how"))
  var normalize: NormalizationChoice?

  @OptionGroup
  var averaging: ViewOptions

  @OptionGroup(title: "Details")
  var details: DetailOptions

  @OptionGroup(title: "Parallelism")
  var parallelism: WorkerOptions

  @OptionGroup(title: "Ranks (under mpirun)")
  var ranks: RankOptions

  @OptionGroup(title: "Messages")
  var messages: MessageOptions

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if trained.model == nil { try width.requireModel() }
    if normalize == .zca {
      throw ValidationError(
        "--normalize zca is measured in training and kept with the weights; leave it out")
    }
  }

  func read() throws -> OpenedData { try data.open(.measuring) }

  func run(_ opened: OpenedData, in job: Job) throws {
    try job.onFirstRank("looking at where results go") { try details.checkFiles() }
    let measured = try MeasuredWeights(trained.weights, by: self, on: opened, in: job)
    let other = try details.against.map {
      try MeasuredWeights($0, by: self, on: opened, describesItself: true, in: job)
    }
    guard job.rank == 0 else { return }
    if let path = details.predictions { try measured.writePredictions(to: path) }
    if let path = details.topLossesSheet {
      try measured.drawTopLosses(details.shownLosses, to: path)
    }
    let report = EvaluateReport(measured, against: other, data: data.source, details, averaging)
    if json {
      try printJSON(report)
    } else {
      printReport(report.text())
    }
  }

  var noCorners: ValidationError {
    let option = averaging.tenCrop ? "--ten-crop" : "--tta ten-crop"
    return ValidationError(
      "\(option) is about pictures larger than the network's images, and \(data.source) is a data set of "
        + "arrays; leave it out")
  }
}
