import ArgumentParser
import Foundation
import Tandem
import TandemNetwork
import TandemTensor

/// `tandem features`: what a layer of a trained network makes of a data set's images, to train
/// something on.
struct FeaturesCommand: SavingCommand, SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "features",
    abstract: "Write what a layer of a trained network puts out for a data set's images.",
    discussion: """
      The layer's outputs become the images of a Keras-style .npz file with the labels beside them, which \
      train takes as its --data, with --model head-256 for example: training on them is a matter of seconds. \
      Images are scaled as in the training that made the weights, and dropout is off.

      Example:
        tandem features --weights run1 --layer pool3 --data pets --output features.npz
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
      "Only the training images (train) or the test images (test).", valueName: "train|test"))
  var part: Part?

  @Option(
    help: ArgumentHelp(
      "Scale pixels so, for weights that do not say how: \(NormalizationChoice.meaning)",
      valueName: "how"))
  var normalize: NormalizationChoice?

  @Flag(help: "Write a vector for each image instead of maps.")
  var flatten = false

  @Option(
    help: ArgumentHelp("Where the features go.", valueName: "file.npz"), completion: .file(),
    transform: nonEmptyPath)
  var output: String

  @OptionGroup(title: "Parallelism")
  var parallelism: WorkerOptions

  @OptionGroup(title: "Messages")
  var messages: MessageOptions

  @Flag(help: "Print JSON.")
  var json = false

  enum Part: String, ExpressibleByArgument, CaseIterable {
    case train, test
  }

  var savesResults: Bool { true }

  func validate() throws {
    if trained.model == nil { try width.requireModel() }
    if data.pictures.crop == .random {
      throw ValidationError("features are those of the middle of pictures; leave out --crop random")
    }
  }

  func run() throws {
    let file = try ModelFile(contentsOf: trained.weights)
    let network =
      try trained.model.map { try width.network(named: $0, for: file) } ?? file.describedNetwork()
    // A name that is not there is told before images are read.
    _ = try network.graph().truncated(at: layer)
    let pair = try data.middles(.training, as: network.inputShape, of: file)
    data.noteDefault("computing features of", in: .solo)
    let predictor = try Predictor(
      network: network, weights: file, layer: layer, imageShape: pair.train.imageShape,
      workers: parallelism.workers)
    StandardErrorLog.warn(predictor.warnings)
    NormalizationChoice.warnOfNone(file, normalize)
    let normalization =
      try normalize?.normalization(of: pair.train) ?? file.normalization
      ?? .unitScale(channels: pair.train.imageShape[0])

    let start = ContinuousClock.now
    var arrays: [(String, NumPyArray)] = []
    var images: [String: Int] = [:]
    for (part, dataset) in [(Part.train, pair.train), (.test, pair.test)] {
      if let wanted = self.part, wanted != part { continue }
      guard dataset.count > 0 else {
        throw TrainingError.noImages(dataset: dataset.name, part: part.rawValue)
      }
      let features = try predictor.outputs(dataset, normalization: normalization)
      arrays.append(("x_\(part)", NumPyArray(flatten ? features.flattened : features)))
      arrays.append(
        (
          "y_\(part)",
          NumPyArray(
            shape: [dataset.count], storage: .int32((0..<dataset.count).map(dataset.label)))
        ))
      images[part.rawValue] = dataset.count
    }
    // Maps of any number of channels look like channels of anything.
    if !flatten, predictor.outputShape.rank == 3 {
      arrays.append((KerasArrays.channelsFirst, NumPyArray(shape: [1], storage: .uint8([1]))))
    }
    try NumPyArchive.write(arrays, to: output)
    let report = Report(
      model: network.name, weights: trained.weights, layer: layer, data: data.source,
      output: output, images: images,
      shape: flatten ? [predictor.outputShape.elementCount] : predictor.outputShape,
      seconds: (ContinuousClock.now - start) / .seconds(1))
    if json {
      try printJSON(report)
    } else {
      printReport(report.text)
    }
  }

  private struct Report: Encodable {
    let model: String
    let weights: String
    let layer: String
    let data: String
    let output: String
    /// By part.
    let images: [String: Int]
    /// Of one image's features.
    let shape: Shape
    let seconds: Double

    var text: String {
      let parts = images.sorted { $0.key > $1.key }.map { "\($0.value.grouped) \($0.key)" }
      return "\(layer) of \(model): features \(shape) of ".messageLine
        + "\(parts.joined(separator: " and ")) images of \(data) in \(output)".messageLine
    }
  }
}

extension Tensor {
  /// `[N, F]` of `[N, …]`.
  fileprivate var flattened: Tensor {
    Tensor(shape: [shape[0], shape.elementCount / max(1, shape[0])], elements: elements)
  }
}
