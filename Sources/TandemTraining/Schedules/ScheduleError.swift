/// Why a schedule cannot be made.
public enum ScheduleError: Error, Hashable, CustomStringConvertible {
  case unknown(name: String, known: [String])
  case notTaken(ScheduleOption, schedule: String)
  case missing(ScheduleOption, schedule: String)
  case outOfRange(quantity: String, value: String, allowed: String)
  case milestonesNotAscending([Int])
  /// A shape of the program's own has the name of another one.
  case nameTaken(String)

  public var description: String {
    switch self {
    case .unknown(let name, let known):
      "unknown schedule \"\(name)\"; use one of \(known.joined(separator: ", "))"
    case .nameTaken(let name):
      "two schedules have the name \"\(name)\", by which checkpoints know them; give yours another one"
    case .notTaken(let option, let schedule):
      "the schedule \(schedule) has no \(option.rawValue); leave out `\(option)`"
    case .missing(let option, let schedule):
      "the schedule \(schedule) needs `\(option)`"
    case .outOfRange(let quantity, let value, let allowed):
      "the schedule's \(quantity) \(value) is out of range: it must be \(allowed)"
    case .milestonesNotAscending(let milestones):
      "the schedule's milestones \(milestones.map(String.init).joined(separator: ", ")) must be "
        + "epochs from 1 on, each greater than the one before"
    }
  }

  static func require(
    _ condition: Bool, _ quantity: String, _ value: some CustomStringConvertible, _ allowed: String
  ) throws(ScheduleError) {
    if !condition {
      throw .outOfRange(quantity: quantity, value: value.description, allowed: allowed)
    }
  }

  static func requireFactor(_ gamma: Double) throws(ScheduleError) {
    try require(gamma.isFinite && gamma > 0, "gamma", gamma, "greater than 0")
  }

  static func requireMinimum(_ minimum: Double) throws(ScheduleError) {
    try require(minimum.isFinite && minimum >= 0, "minimum", minimum, "at least 0")
  }
}
