import ArgumentParser
import Tandem

extension Loss.Kind: ExpressibleByArgument {}
extension Sampling: ExpressibleByArgument {}

/// How long training takes and what one step is.
struct CourseOptions: ParsableArguments {
  private static let defaults = TrainingOptions()

  @Option(
    help: ArgumentHelp(
      "Passes over the training images. (default: \(CourseOptions.defaults.epochs))",
      valueName: "n"),
    transform: atLeast(1))
  var epochs = CourseOptions.defaults.epochs

  @Option(
    name: [.customShort("b"), .long],
    help: ArgumentHelp(
      "Images per step, of all workers of all ranks together. (default: \(CourseOptions.defaults.batchSize))",
      valueName: "n"),
    transform: atLeast(1))
  var batchSize = CourseOptions.defaults.batchSize

  @Option(
    help: ArgumentHelp("Stop after this many steps in total.", valueName: "n"),
    transform: atLeast(1))
  var steps: Int?

  @Option(
    help: ArgumentHelp("Batches whose gradients make one step. (default: 1)", valueName: "n"),
    transform: atLeast(1))
  var gradAccumSteps = 1

  @Option(
    help: ArgumentHelp("Shorten gradients to this global norm.", valueName: "norm"),
    transform: positiveNumber)
  var clipGrad: Double?

  @Option(
    help: ArgumentHelp(
      "What is made smaller: cross-entropy, binary-cross-entropy (of each output's sigmoid), mse (squared "
        + "difference from 0 and 1) or radial-basis. (default: cross-entropy; "
        + "binary-cross-entropy for networks of one output, and radial-basis for networks that end with "
        + "radial basis units)", valueName: "name"))
  var loss: Loss.Kind?

  @Option(
    help: ArgumentHelp(
      "Share of the target that all classes get equally. (default: 0)", valueName: "e"),
    transform: rate)
  var labelSmoothing = 0.0

  @Option(
    help: ArgumentHelp(
      "What images count in the loss, by their classes: balanced, for classes with different numbers of "
        + "images, or a number for each class, such as 1,2.5,1.",
      valueName: "balanced|list"),
    transform: classWeightList)
  var classWeights: ClassWeights?

  @Option(
    help: ArgumentHelp(
      "Which images an epoch has: each once, or as many drawn at random, each class as often (balanced).",
      valueName: "each|balanced"))
  var sample = Sampling.each

  @Option(
    help: ArgumentHelp(
      "Let an average follow the weights, of which it keeps so much in each step, for example 0.999; it is "
        + "evaluated beside them.", valueName: "decay"),
    transform: share)
  var ema: Double?

  @Option(
    help: ArgumentHelp(
      "Average the weights after each of the last n epochs.", valueName: "n"),
    transform: atLeast(1))
  var averageLast: Int?

  @Option(
    help: ArgumentHelp("Decides first weights, order, dropout and augmentation.", valueName: "n"))
  var seed: UInt64 = 0

  func apply(to options: inout TrainingOptions) {
    options.epochs = epochs
    options.batchSize = batchSize
    options.stepLimit = steps
    options.accumulatedBatches = gradAccumSteps
    options.clipNorm = clipGrad.map { Float($0) }
    options.loss = loss
    options.labelSmoothing = Float(labelSmoothing)
    options.seed = seed
    options.classWeights = classWeights
    options.sampling = sample
    options.emaDecay = ema
    options.averageLast = averageLast
  }

  func stepsPerEpoch(trainImages: Int) -> Int {
    let batches = (trainImages + batchSize - 1) / batchSize
    return (batches + gradAccumSteps - 1) / gradAccumSteps
  }
}

/// `balanced` or `1,2.5,1`
private let classWeightList: @Sendable (String) throws -> ClassWeights = { text in
  if text == "balanced" { return .balanced }
  let parts = text.split(separator: ",", omittingEmptySubsequences: false)
  let weights = parts.compactMap { Float($0) }
  guard weights.count == parts.count, weights.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
    throw ValidationError("give balanced, or a number of 0 or more for each class, such as 1,2.5,1")
  }
  return .given(weights)
}
