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
      "Fraction of the rate that the rise starts with. (default: 0.01)", valueName: "f"))
  var lrWarmupDecay: Double?

  func validate() throws {
    if lrWarmupEpochs != nil, lrWarmupSteps != nil {
      throw ValidationError("give --lr-warmup-epochs or --lr-warmup-steps, not both")
    }
    if lrWarmupDecay != nil, lrWarmupEpochs == nil, lrWarmupSteps == nil {
      throw ValidationError(
        "--lr-warmup-decay needs a warm-up; give --lr-warmup-epochs or --lr-warmup-steps too")
    }
  }

  /// - Throws: `ScheduleError`, which names the option.
  func schedule(stepsPerEpoch: Int) throws -> Schedule {
    try Schedule(
      named: lrScheduler,
      options: ScheduleOptions(
        stepSize: lrStepSize, milestones: lrMilestones, gamma: lrGamma, minimum: lrMin,
        power: lrPower),
      warmUpSteps: lrWarmupSteps ?? (lrWarmupEpochs ?? 0) * stepsPerEpoch,
      warmUpStart: lrWarmupDecay ?? 0.01)
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
