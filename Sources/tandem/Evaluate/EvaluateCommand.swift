import ArgumentParser
import Tandem
import TandemNetwork
import TandemProcess

/// `tandem evaluate`: how good trained weights are on a data set's test images.
struct EvaluateCommand: RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure trained weights on the test images: loss, top-1, top-5, accuracy per class.",
    discussion: """
      Pixels are normalised as in the training that made the weights. Under mpirun the ranks divide \
      the images among them.

      Example:
        tandem evaluate --weights run1 --data shapes
        tandem evaluate --weights lenet.safetensors --model lenet --data shapes --json
      """
  )

  @Option(
    help: ArgumentHelp(
      "A .safetensors file, or the output folder of a training run.", valueName: "path"),
    transform: nonEmptyPath)
  var weights: String

  @Option(
    help: ArgumentHelp(
      "The network, for weights that do not say which they belong to.", valueName: "name"))
  var model: String?

  @OptionGroup
  var width: WidthOptions

  @OptionGroup(title: "Data")
  var data: DataOptions

  @Option(
    help: ArgumentHelp(
      "Scale pixels so, for weights that do not say how: \(NormalizationChoice.meaning)",
      valueName: "how"))
  var normalize: NormalizationChoice?

  @OptionGroup(title: "Parallelism")
  var parallelism: WorkerOptions

  @OptionGroup(title: "Ranks (under mpirun)")
  var ranks: RankOptions

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if model == nil { try width.requireModel() }
  }

  func read() throws -> OpenedData { try data.open(.measuring) }

  func run(_ opened: OpenedData, in job: Job) throws {
    var file: ModelFile?
    let trained = try job.fromFirstRank("reading the network") {
      let read = try ModelFile(contentsOf: weights)
      file = read
      return try PictureDescription(read, own: ownInputShape(read))
    }
    let labelled = try opened.withClasses(trained.classNames)
    let pair = try data.pair(labelled, seed: 0, in: job) { parts in
      try data.pictures.recipe(for: parts, network: trained.own, saved: trained.recipe)
    }
    let model = try job.fromFirstRank("making the network") {
      guard let file else { preconditionFailure("the first rank has read the weights") }
      return try described(by: file, for: pair)
    }
    data.noteDefault("measuring on", in: job)
    let predictor = try Predictor(
      network: model.network, weights: file, workers: parallelism.workers, job: job)
    if job.rank == 0 { StandardErrorLog.warn(predictor.warnings) }
    let result = try predictor.evaluate(
      pair.test, normalization: model.normalization, loss: model.loss)
    guard job.rank == 0 else { return }
    let report = Report(
      model: model.network.name, data: data.source, weights: weights, images: result.images,
      loss: result.loss, top1: result.top1, top5: result.top5, perClass: result.perClass)
    if json {
      try printJSON(report)
    } else {
      printReport(report.text())
    }
  }

  /// What the first rank tells the others about the pictures that the weights were trained with.
  private struct PictureDescription: Codable {
    let own: Shape
    let recipe: PictureRecipe?
    let classNames: [String]?

    init(_ file: ModelFile, own: Shape) {
      self.own = own
      recipe = file.pictureRecipe
      classNames = file.classNames
    }
  }

  /// The shape of the images that the network was made for.
  private func ownInputShape(_ file: ModelFile) throws -> Shape {
    try model.map { try Zoo.network(named: $0).inputShape } ?? file.describedNetwork().inputShape
  }

  /// What the first rank tells the others about the weights.
  private struct Model: Codable {
    let network: Network
    let normalization: Normalization
    let loss: Loss.Kind?
  }

  private func described(by file: ModelFile, for pair: DatasetPair) throws -> Model {
    let network =
      try model.map {
        try width.network(
          named: $0, input: pair.test.imageShape, classes: pair.test.classNames.count)
      } ?? file.describedNetwork()
    if normalize == .statistics, pair.test.pictureRecipe != nil {
      throw ValidationError(
        "--normalize statistics are those of the training's pictures, of which only the others are read "
          + "here; take weights that say how, or --normalize unit")
    }
    let normalization =
      try normalize?.normalization(of: pair.train) ?? file.normalization
      ?? .unitScale(channels: pair.test.imageShape[0])
    return Model(network: network, normalization: normalization, loss: file.loss)
  }

  private struct Report: Encodable {
    let model: String
    let data: String
    let weights: String
    let images: Int
    let loss: Double
    let top1: Double
    let top5: Double
    let perClass: [ClassAccuracy]

    func text() -> String {
      let table = TextTable(
        columns: [.left("Class"), .right("Images"), .right("Correct"), .right("Top-1")],
        rows: perClass.map { entry in
          [
            entry.name, entry.images.grouped, entry.correct.grouped,
            entry.accuracy.map(percent) ?? "",
          ]
        })
      return """
        \(model.messageLine) on the \(images.grouped) test images of \(data.messageLine)
        \(table.text)
        Loss \(decimals(loss, 4)), top-1 \(percent(top1)), top-5 \(percent(top5))
        """
    }
  }
}
