import ArgumentParser
import Foundation
import Tandem
import TandemNetwork
import TandemProcess

/// `tandem predict`: any array through a network.
struct PredictCommand: SavingCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Run an array through a network and write its logits or probabilities.",
    discussion: """
      The input is a .npy array [N, C, H, W], [N, H, W, C], or [N, H, W] for networks with one \
      channel; a single image needs no N. Integers are pixels (uint8 0…255, uint16 0…65535, bool \
      0…1) and are normalised as in training. \
      Floating-point numbers are what the network sees, as they are; with --normalize they are \
      normalised too (they then have to be in 0…1, as bytes are after division by 255). The output \
      is a float32 array [N, classes].

      Example:
        tandem predict --weights run1 --input images.npy --output logits.npy
        tandem predict --weights run1 --input x.npy --output p.npy --softmax
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
  var shape: ModelShapeOptions

  @Option(help: ArgumentHelp("The images.", valueName: "file.npy"), transform: nonEmptyPath)
  var input: String

  @Option(
    help: ArgumentHelp("Where the result goes.", valueName: "file.npy"), transform: nonEmptyPath)
  var output: String

  @Flag(
    help: ArgumentHelp(
      "Write probabilities instead of logits: their softmax, or of networks trained with the binary "
        + "cross-entropy the sigmoid of each."))
  var softmax = false

  @Flag(help: "Normalise floating-point input as in training.")
  var normalize = false

  @OptionGroup(title: "Parallelism")
  var parallelism: WorkerOptions

  @Flag(help: "Print JSON: what was run, and each image's most likely class.")
  var json = false

  var savesResults: Bool { true }

  func validate() throws {
    if model == nil, shape.isGiven {
      throw ValidationError("\(ModelShapeOptions.names) belong to a --model; name it too")
    }
  }

  func run() throws {
    let file = try ModelFile(contentsOf: weights)
    let network = try model.map { try shape.network(named: $0) } ?? file.describedNetwork()
    let loss = try file.loss ?? Loss.Kind(naturalFor: network.graph())
    let images = try PredictionInput(
      contentsOf: input, imageShape: network.inputShape
    ).tensor(normalization: file.normalization, includingFloats: normalize)
    let predictor = try Predictor(network: network, weights: file, workers: parallelism.workers)
    StandardErrorLog.warn(predictor.warnings)
    let start = ContinuousClock.now
    let predictions = Predictions(logits: try predictor.logits(images), loss: loss)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let probabilities = softmax ? try predictions.probabilities() : nil
    if softmax, probabilities == nil {
      throw PredictionError.noProbabilities(network: network.name, loss: loss)
    }
    let result = probabilities ?? predictions.logits
    try NumPyArray(result).write(to: output)

    if json {
      try printJSON(
        Report(
          model: network.name, weights: weights, input: input, output: output,
          images: images.shape[0], outputShape: result.shape, seconds: seconds,
          classes: predictions.classes,
          classNames: file.classNames))
    } else {
      printReport(
        "\(network.name): \(counted(images.shape[0], "image")) of \(input) → ".messageLine
          + "\(softmax ? "probabilities" : "logits") \(result.shape) in \(output)".messageLine)
    }
  }

  private struct Report: Encodable {
    let model: String
    let weights: String
    let input: String
    let output: String
    let images: Int
    let outputShape: Shape
    let seconds: Double
    /// Each image's most likely class.
    let classes: [Int?]
    let classNames: [String]?
  }
}
