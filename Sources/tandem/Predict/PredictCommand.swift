import ArgumentParser
import Foundation
import Tandem
import TandemNetwork
import TandemProcess

/// `tandem predict`: pictures, or any array, through a network.
struct PredictCommand: SavingCommand, SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Say what pictures show, or run an array through a network.",
    discussion: """
      Pictures are files, folders with all that is below them, patterns, or - for one on standard input. They \
      become images as in the training. One that cannot be read is told, and the others go on; the exit code is \
      then 1.

      With --input it is a .npy array [N, C, H, W], [N, H, W, C], or [N, H, W] for networks with one \
      channel; a single image needs no N. Integers are pixels (uint8 0…255, uint16 0…65535, bool \
      0…1) and are normalised as in training. \
      Floating-point numbers are what the network sees, as they are; with --normalize-floats they \
      are normalised too (they then have to be in 0…1, as bytes are after division by 255). The output \
      is a float32 array [N, classes].

      Example:
        tandem predict --weights run1 photo.jpg more/
        tandem predict --weights run1 --input images.npy --output logits.npy
        tandem predict --weights run1 --input x.npy --output p.npy --softmax
      """
  )

  @OptionGroup
  var trained: InspectedModel

  @Argument(
    help: ArgumentHelp("The pictures: files, folders, patterns, or - for standard input."),
    completion: .file(), transform: nonEmptyPath)
  var pictures: [String] = []

  @Option(
    help: ArgumentHelp("An array of images instead of pictures.", valueName: "file.npy"),
    completion: .file(), transform: nonEmptyPath)
  var input: String?

  @Option(
    help: ArgumentHelp(
      "Where the outputs go as an array; needed with --input.", valueName: "file.npy"),
    completion: .file(), transform: nonEmptyPath)
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Classes to name of each picture, the likeliest first. (default: 3)", valueName: "n"),
    transform: atLeast(1))
  var top = 3

  @Flag(
    help: ArgumentHelp(
      "Write probabilities instead of logits: their softmax, or of networks trained with the binary "
        + "cross-entropy the sigmoid of each."))
  var softmax = false

  @OptionGroup
  var averaging: ViewOptions

  @OptionGroup
  var scaling: PixelScaling

  @Flag(help: "Normalise floating-point input as in training.")
  var normalizeFloats = false

  @Option(
    help: ArgumentHelp(
      "Resize pictures before the middle is cut out, in place of what the weights say: as small as can be "
        + "(cover), the shorter side to n pixels, or to the images' size whatever their proportions (stretch).",
      valueName: "cover|n|stretch"),
    transform: pictureResize)
  var resize: PictureRecipe.Resize?

  @OptionGroup(title: "Parallelism")
  var parallelism: WorkerOptions

  @OptionGroup(title: "Messages")
  var messages: MessageOptions

  @Flag(help: "Print JSON: what was run, and each image's most likely class.")
  var json = false

  @Flag(
    help: "Print comma-separated values: a picture's path, its classes and their probabilities.")
  var csv = false

  var savesResults: Bool { output != nil }

  func validate() throws {
    if pictures.isEmpty, input == nil {
      throw ValidationError("name pictures, or an array with --input")
    }
    if input != nil {
      guard pictures.isEmpty else {
        throw ValidationError("give pictures, or an array with --input, not both")
      }
      guard output != nil else {
        throw ValidationError("--input needs an --output file for the result")
      }
      for (flag, isGiven) in [
        ("--csv", csv), ("--ten-crop", averaging.tenCrop), ("--tta", averaging.tta != nil),
        ("--resize", resize != nil),
      ] where isGiven {
        throw ValidationError("\(flag) is about pictures; leave it out with --input")
      }
    } else if normalizeFloats {
      throw ValidationError(
        "--normalize-floats is about arrays; pictures are normalised as in training")
    }
    if json, csv { throw ValidationError("give one of --json and --csv") }
  }

  func run() throws {
    if let input, let output {
      try predict(input, to: output)
    } else {
      try predictPictures()
    }
  }

  private func predictPictures() throws {
    let (file, network) = try trained.open()
    let own = network.inputShape
    guard own.rank == 3, [1, 3].contains(own[0]) else {
      throw PredictionError.noPictureNetwork(network: network.name, input: own)
    }
    let saved = file.pictureRecipe.flatMap { $0.imageShape == own ? $0 : nil }
    let recipe = PictureRecipe(
      imageShape: own, resize: resize ?? saved?.resize ?? .cover, crop: saved?.crop ?? .center)
    if averaging.views == .tenCrop, recipe.resize == .stretch {
      throw PredictionError.noCorners(recipe.imageShape)
    }
    let inputs = try PictureInput.found(pictures)
    let predictor = try Predictor(network: network, weights: file, workers: parallelism.workers)
    StandardErrorLog.warn(predictor.warnings)
    let normalization = try scaling.normalization(file, channels: own[0])
    let prediction = try PicturePrediction(
      of: inputs, by: predictor, recipe: recipe,
      trained: .init(
        normalization: normalization,
        loss: try file.loss ?? Loss.Kind(naturalFor: network.graph()), classNames: file.classNames),
      views: averaging.views, top: top, softmax: softmax)
    if let output, let shape = prediction.outputShape {
      try NumPyArray(
        Tensor(shape: shape.batched(prediction.answers.count), elements: prediction.outputs)
      ).write(to: output)
    }
    if json {
      try printJSON(
        PictureReport(
          model: network.name, weights: trained.weights, output: output,
          pictures: prediction.answers,
          failures: prediction.failures))
    } else if csv {
      print(prediction.csv)
    } else if !prediction.answers.isEmpty {
      printReport(prediction.text)
    }
    if !prediction.failures.isEmpty {
      throw PredictionError.unread(count: prediction.failures.count, of: inputs.count)
    }
  }

  private struct PictureReport: Encodable {
    let model: String
    let weights: String
    let output: String?
    let pictures: [PicturePrediction.Answer]
    let failures: [PicturePrediction.Failure]
  }

  private func predict(_ input: String, to output: String) throws {
    let (file, network) = try trained.open()
    let loss = try file.loss ?? Loss.Kind(naturalFor: network.graph())
    let array = try PredictionInput(contentsOf: input, imageShape: network.inputShape)
    let images = try array.tensor(
      normalization: scaling.normalize?.withoutImages(channels: network.inputShape[0])
        ?? file.normalization,
      includingFloats: normalizeFloats)
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
          model: network.name, weights: trained.weights, input: input, output: output,
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
