import ArgumentParser
import Tandem

/// How the learning rate changes, spelled as torchvision's trainer does.
struct ScheduleOptionGroup: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How the learning rate changes: one of \(Schedule.names.joined(separator: ", ")).",
      valueName: "name"))
  var lrScheduler = "constant"

  @Option(
    help: ArgumentHelp("Epochs between two falls (step).", valueName: "n"), transform: atLeast(1))
  var lrStepSize: Int?

  @Option(
    help: ArgumentHelp("Epochs after which it falls (multistep): 30,60,90.", valueName: "list"),
    transform: ascendingEpochs)
  var lrMilestones: [Int]?

  @Option(
    help: ArgumentHelp("Factor of a fall (step, multistep, exponential).", valueName: "g"))
  var lrGamma: Double?

  @Option(help: ArgumentHelp("Rate at the end (cosine, polynomial).", valueName: "rate"))
  var lrMin: Double?

  @Option(help: ArgumentHelp("Power (polynomial).", valueName: "p"))
  var lrPower: Double?

  @Option(
    help: ArgumentHelp("Epochs over which the rate rises linearly first.", valueName: "n"),
    transform: atLeast(0))
  var lrWarmupEpochs: Int?

  @Option(
    help: ArgumentHelp("The same in steps.", valueName: "n"), transform: atLeast(0))
  var lrWarmupSteps: Int?

  @Option(
    help: ArgumentHelp(
      "Fraction of the rate that the rise starts with. (default: 0.01, or by --scale-lr)",
      valueName: "f"))
  var lrWarmupDecay: Double?

  @Flag(
    help: ArgumentHelp(
      "The linear rule for large batches: --lr is for --lr-base-size images, more get more, after a "
        + "warm-up from --lr over \(LinearScaling.warmUpEpochs) epochs."))
  var scaleLr = false

  @Option(
    help: ArgumentHelp(
      "Images per step that --lr is for. "
        + "(default: \(LinearScaling.defaultReferenceBatchSize))", valueName: "n"),
    transform: atLeast(1))
  var lrBaseSize: Int?

  func validate() throws {
    if lrBaseSize != nil, !scaleLr {
      throw ValidationError("--lr-base-size is for the linear rule; give --scale-lr too")
    }
    if lrWarmupEpochs != nil, lrWarmupSteps != nil {
      throw ValidationError("give --lr-warmup-epochs or --lr-warmup-steps, not both")
    }
    if lrWarmupDecay != nil, lrWarmupEpochs == nil, lrWarmupSteps == nil, !scaleLr {
      throw ValidationError(
        "--lr-warmup-decay needs a warm-up; give --lr-warmup-epochs or --lr-warmup-steps too")
    }
  }

  /// Sets the schedule, and scales the learning rate that `options` has.
  /// - Throws: `ScheduleError`, which names the option.
  func apply(to options: inout TrainingOptions, stepsPerEpoch: Int) throws {
    var warmUpSteps = lrWarmupSteps ?? (lrWarmupEpochs ?? 0) * stepsPerEpoch
    var warmUpStart = 0.01
    if scaleLr {
      let scaling = LinearScaling(
        batchSize: options.batchSize, accumulatedBatches: options.accumulatedBatches,
        referenceBatchSize: lrBaseSize ?? LinearScaling.defaultReferenceBatchSize)
      options.learningRate = scaling.learningRate(options.learningRate)
      warmUpStart = scaling.warmUpStart
      if lrWarmupSteps == nil, lrWarmupEpochs == nil {
        warmUpSteps = scaling.warmUpSteps(stepsPerEpoch: stepsPerEpoch)
      }
    }
    options.schedule = try Schedule(
      named: lrScheduler,
      options: ScheduleOptions(
        stepSize: lrStepSize, milestones: lrMilestones, gamma: lrGamma, minimum: lrMin,
        power: lrPower),
      warmUpSteps: warmUpSteps, warmUpStart: lrWarmupDecay ?? warmUpStart)
  }
}

/// `30,60,90`
private let ascendingEpochs: @Sendable (String) throws -> [Int] = { text in
  let parts = text.split(separator: ",", omittingEmptySubsequences: false)
  let epochs = parts.compactMap { Int($0) }
  guard epochs.count == parts.count else {
    throw ValidationError("give epochs separated by commas, for example 30,60,90")
  }
  return epochs
}
