import ArgumentParser
import Tandem

extension Loss.Kind: ExpressibleByArgument {}

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
        + "difference from 0 and 1) or radial-basis. (default: cross-entropy, and radial-basis for "
        + "networks that end with radial basis units)", valueName: "name"))
  var loss: Loss.Kind?

  @Option(
    help: ArgumentHelp(
      "Share of the target that all classes get equally. (default: 0)", valueName: "e"),
    transform: rate)
  var labelSmoothing = 0.0

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
  }

  func stepsPerEpoch(trainImages: Int) -> Int {
    let batches = (trainImages + batchSize - 1) / batchSize
    return (batches + gradAccumSteps - 1) / gradAccumSteps
  }
}
