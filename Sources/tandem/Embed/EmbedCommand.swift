import ArgumentParser
import Tandem
import TandemInsight
import TandemNetwork
import TandemTensor
import TandemTraining

/// `tandem embed`: how a layer of a trained network tells classes apart.
struct EmbedCommand: SavingCommand, SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed",
    abstract:
      "Draw how a layer's outputs for images lie, in a plane: classes that it tells apart lie apart.",
    discussion: """
      The plane is the one in which the outputs differ most (principal component analysis). The axes say how \
      much of all differences they show. For other maps of the plane, such as t-SNE, 'tandem features' writes \
      the outputs as an array.

      Example:
        tandem embed --weights run1 --layer pool3 --data pets --output e.png
      """
  )

  @OptionGroup
  var trained: TrainedWeights

  @OptionGroup
  var width: WidthOptions

  @Option(
    help: ArgumentHelp(
      "The layer, or the block whose last layer is meant: conv1, features, layer4.",
      valueName: "path"),
    transform: nonEmptyPath)
  var layer: String

  @OptionGroup(title: "Data")
  var data: DataOptions

  @Option(
    help: ArgumentHelp(
      "The training images (train) or those to measure with (test). (default: test)",
      valueName: "train|test"))
  var part: FeaturesCommand.Part = .test

  @Option(
    help: ArgumentHelp(
      "Show at most so many images, evenly spread over all. (default: 1000)", valueName: "n"),
    transform: atLeast(2, atMost: 4096))
  var count = 1000

  @OptionGroup
  var scaling: PixelScaling

  @OptionGroup
  var drawing: DrawingOptions

  @OptionGroup(title: "Parallelism")
  var parallelism: WorkerOptions

  @OptionGroup(title: "Messages")
  var messages: MessageOptions

  var savesResults: Bool { drawing.output != nil }

  func validate() throws {
    if trained.model == nil { try width.requireModel() }
    if data.pictures.crop == .random {
      throw ValidationError("features are those of the middle of pictures; leave out --crop random")
    }
  }

  func run() throws {
    if let output = drawing.output { try ResultFile.check(output) }
    let target = try drawing.target()
    let file = try ModelFile(contentsOf: trained.weights)
    let network =
      try trained.model.map { try width.network(named: $0, for: file) } ?? file.describedNetwork()
    // A name that is not there is told before images are read.
    _ = try network.graph().truncated(at: layer)
    let images = try images(for: network, file)
    guard images.count > 1 else {
      throw ValidationError(
        "a plane takes two images at least, and there are \(images.count) of \(data.source)")
    }
    let predictor = try Predictor(
      network: network, weights: file, layer: layer, imageShape: images.imageShape,
      workers: parallelism.workers)
    StandardErrorLog.warn(predictor.warnings)
    let features = try predictor.outputs(
      images, normalization: scaling.normalization(file, channels: images.imageShape[0]))
    let components = PrincipalComponents(features, count: 2)
    let labels = (0..<images.count).map { Int(images.label($0)) }
    func axis(_ number: Int) -> String {
      "component \(number + 1), \(percent(components.share(number))) of the variance"
    }
    let sheet = ScatterSheet(
      title: "\(layer) of \(network.name): \(counted(images.count, "image")) of \(data.source)"
        .messageLine,
      xLabel: axis(0), yLabel: axis(1), classes: images.classNames,
      points: zip(components.scores, labels).map { ScatterSheet.Point($0[0], $0[1], label: $1) })
    try target.write(sheet.encoded)
    let report = Report(
      model: network.name, weights: trained.weights, layer: layer, data: data.source,
      output: target.words, shape: predictor.outputShape, classes: images.classNames,
      labels: labels,
      scores: components.scores, shares: [components.share(0), components.share(1)])
    if drawing.json {
      try printJSON(report)
    } else {
      printReport(report.text)
    }
  }

  private func images(for network: Network, _ file: ModelFile) throws -> any Dataset {
    let pair = try data.middles(
      part == .train ? .training : .measuring, as: network.inputShape, of: file)
    data.noteDefault("looking at images of", in: .solo)
    return (part == .train ? pair.train : pair.test).spread(count)
  }

  private struct Report: Encodable {
    let model: String
    let weights: String
    let layer: String
    let data: String
    let output: String
    /// Of one image's features.
    let shape: Shape
    let classes: [String]
    /// Of each image.
    let labels: [Int]
    /// Of each image, where it lies along the two components.
    let scores: [[Double]]
    /// Of the whole variance, what each component shows.
    let shares: [Double]

    var text: String {
      "\(layer) of \(model): \(counted(labels.count, "image")) of \(data) in \(output), "
        .messageLine
        + "with \(percent(shares.reduce(0, +))) of how they differ"
    }
  }
}
