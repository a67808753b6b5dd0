/// A schedule's numbers as a user gives them, before it is known whether the shape takes them.
public struct ScheduleOptions: Hashable, Sendable {
  /// Epochs between two falls.
  public var stepSize: Int?
  /// Completed epochs after which the rate falls.
  public var milestones: [Int]?
  /// The factor of one fall.
  public var gamma: Double?
  /// The rate at the end.
  public var minimum: Double?
  public var power: Double?

  /// - Parameters: nil leaves the shape's default.
  public init(
    stepSize: Int? = nil, milestones: [Int]? = nil, gamma: Double? = nil, minimum: Double? = nil,
    power: Double? = nil
  ) {
    self.stepSize = stepSize
    self.milestones = milestones
    self.gamma = gamma
    self.minimum = minimum
    self.power = power
  }

  var given: [ScheduleOption] {
    let all: [(ScheduleOption, isGiven: Bool)] = [
      (.stepSize, stepSize != nil), (.milestones, milestones != nil), (.gamma, gamma != nil),
      (.minimum, minimum != nil), (.power, power != nil),
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
