import ArgumentParser
import Tandem

extension PlateauSchedule.ThresholdMode: ExpressibleByArgument {}
extension OneCycleSchedule.Annealing: ExpressibleByArgument {}

/// How the learning rate changes, spelled as torchvision's trainer does.
struct ScheduleOptionGroup: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How the learning rate changes: one of \(Schedule.names.joined(separator: ", ")).",
      valueName: "name"),
    completion: .list(Schedule.names))
  var lrScheduler = "constant"

  @Option(
    help: ArgumentHelp("Epochs between two falls (step).", valueName: "n"), transform: atLeast(1))
  var lrStepSize: Int?

  @Option(
    help: ArgumentHelp("Epochs after which it falls (multistep): 30,60,90.", valueName: "list"),
    transform: ascendingEpochs)
  var lrMilestones: [Int]?

  @Option(
    help: ArgumentHelp("Factor of a fall (step, multistep, exponential, plateau).", valueName: "g"))
  var lrGamma: Double?

  @Option(
    help: ArgumentHelp(
      "Rate at the end (cosine, polynomial), or the lowest one (plateau).", valueName: "rate"))
  var lrMin: Double?

  @Option(help: ArgumentHelp("Power (polynomial).", valueName: "p"))
  var lrPower: Double?

  @Option(
    help: ArgumentHelp(
      "What has to improve from epoch to epoch (plateau): val-loss, val-error or val-accuracy; test-... "
        + "where there are no validation images.",
      valueName: "metric"),
    transform: epochMetric)
  var lrMonitor: EpochMetric?

  @Option(
    help: ArgumentHelp(
      "Epochs in sequence that may be no better before the rate falls (plateau).", valueName: "n"),
    transform: atLeast(0))
  var lrPatience: Int?

  @Option(
    help: ArgumentHelp(
      "By what an epoch has to be better than the best one (plateau).", valueName: "t"))
  var lrThreshold: Double?

  @Option(
    help: ArgumentHelp(
      "Whether that is a part of the best one or a difference (plateau).", valueName: "rel|abs"))
  var lrThresholdMode: PlateauSchedule.ThresholdMode?

  @Option(
    help: ArgumentHelp("Epochs after a fall that do not count (plateau).", valueName: "n"),
    transform: atLeast(0))
  var lrCooldown: Int?

  @Option(
    help: ArgumentHelp(
      "Part of all steps in which the rate rises (onecycle).", valueName: "share"),
    transform: probability)
  var lrPctStart: Double?

  @Option(
    help: ArgumentHelp(
      "The rate begins with --lr divided by this (onecycle).", valueName: "d"),
    transform: positiveNumber)
  var lrDivFactor: Double?

  @Option(
    help: ArgumentHelp(
      "It ends with that divided by this (onecycle).", valueName: "d"),
    transform: positiveNumber)
  var lrFinalDivFactor: Double?

  @Option(
    help: ArgumentHelp(
      "The course in between (onecycle).", valueName: "cos|linear"))
  var lrAnneal: OneCycleSchedule.Annealing?

  @Flag(help: "Fall to where the rate began as fast as it rose, and then lower (onecycle).")
  var lrThreePhase = false

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

  /// - Throws: `ValidationError` if the schedule goes by images that are not measured with.
  func check(measuredPart part: MeasuredPart) throws {
    guard let lrMonitor, lrMonitor.part != part else { return }
    throw ValidationError(
      "--lr-monitor \(lrMonitor) is of other images than training is measured with; use "
        + "\(EpochMetric(lrMonitor.quantity, of: part))"
        + (part == .test ? ", or split validation images off with --val-split 0.1" : ""))
  }

  /// What the linear rule multiplies a learning rate with; 1 without it.
  func scale(_ options: TrainingOptions) -> Double {
    guard scaleLr else { return 1 }
    return LinearScaling(
      batchSize: options.batchSize, accumulatedBatches: options.accumulatedBatches,
      referenceBatchSize: lrBaseSize ?? LinearScaling.defaultReferenceBatchSize
    ).factor
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
        power: lrPower, monitor: lrMonitor?.quantity, patience: lrPatience, threshold: lrThreshold,
        thresholdMode: lrThresholdMode, cooldown: lrCooldown, risingShare: lrPctStart,
        startDivisor: lrDivFactor, endDivisor: lrFinalDivFactor, annealing: lrAnneal,
        threePhases: lrThreePhase ? true : nil),
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
