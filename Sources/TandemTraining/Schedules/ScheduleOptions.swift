/// A schedule's numbers as a user gives them, before it is known whether the shape takes them.
public struct ScheduleOptions: Hashable, Sendable {
  /// Epochs between two falls.
  public var stepSize: Int?
  /// Completed epochs after which the rate falls.
  public var milestones: [Int]?
  /// The factor of one fall.
  public var gamma: Double?
  /// The rate at the end, or the lowest one.
  public var minimum: Double?
  public var power: Double?
  public var monitor: ScheduleMetric?
  /// Epochs in sequence that may be no better.
  public var patience: Int?
  /// By what an epoch has to be better than the best one.
  public var threshold: Double?
  public var thresholdMode: PlateauSchedule.ThresholdMode?
  /// Epochs after a fall that do not count.
  public var cooldown: Int?
  /// The part of all steps in which the rate rises.
  public var risingShare: Double?
  /// The part of the base rate with which it begins, as a divisor.
  public var startDivisor: Double?
  /// The part of that with which it ends, as a divisor.
  public var endDivisor: Double?
  public var annealing: OneCycleSchedule.Annealing?
  /// Whether the rate comes back to its beginning as fast as it rose.
  public var threePhases: Bool?

  /// - Parameters: nil leaves the shape's default.
  public init(
    stepSize: Int? = nil, milestones: [Int]? = nil, gamma: Double? = nil, minimum: Double? = nil,
    power: Double? = nil, monitor: ScheduleMetric? = nil, patience: Int? = nil,
    threshold: Double? = nil, thresholdMode: PlateauSchedule.ThresholdMode? = nil,
    cooldown: Int? = nil, risingShare: Double? = nil, startDivisor: Double? = nil,
    endDivisor: Double? = nil, annealing: OneCycleSchedule.Annealing? = nil,
    threePhases: Bool? = nil
  ) {
    self.stepSize = stepSize
    self.milestones = milestones
    self.gamma = gamma
    self.minimum = minimum
    self.power = power
    self.monitor = monitor
    self.patience = patience
    self.threshold = threshold
    self.thresholdMode = thresholdMode
    self.cooldown = cooldown
    self.risingShare = risingShare
    self.startDivisor = startDivisor
    self.endDivisor = endDivisor
    self.annealing = annealing
    self.threePhases = threePhases
  }

  var given: [ScheduleOption] {
    let all: [(ScheduleOption, isGiven: Bool)] = [
      (.stepSize, stepSize != nil), (.milestones, milestones != nil), (.gamma, gamma != nil),
      (.minimum, minimum != nil), (.power, power != nil),
      (.monitor, monitor != nil), (.patience, patience != nil), (.threshold, threshold != nil),
      (.thresholdMode, thresholdMode != nil), (.cooldown, cooldown != nil),
      (.risingShare, risingShare != nil), (.startDivisor, startDivisor != nil),
      (.endDivisor, endDivisor != nil), (.annealing, annealing != nil),
      (.threePhases, threePhases != nil),
    ]
    return all.filter(\.isGiven).map(\.0)
  }

  /// The value of an option that `shape` cannot do without.
  func required<Value>(
    _ value: Value?, _ option: ScheduleOption, for shape: String
  ) throws(ScheduleError) -> Value {
    guard let value else { throw .missing(option, schedule: shape) }
    return value
  }
}

extension Schedule {
  /// The named shape with the given numbers, PyTorch's defaults for those left out.
  /// - Throws: `ScheduleError` for an unknown name and for options that the shape does not take,
  ///   that it lacks or that are out of range.
  public init(
    named name: String, options: ScheduleOptions = ScheduleOptions(), warmUpSteps: Int = 0,
    warmUpStart: Double = 0.01
  ) throws(ScheduleError) {
    let kind = try Self.kind(named: name)
    for option in options.given where !kind.options.contains(option) {
      throw .notTaken(option, schedule: name)
    }
    try self.init(
      erased: kind.init(options), warmUpSteps: warmUpSteps, warmUpStart: warmUpStart)
  }
}
