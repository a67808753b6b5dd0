/// How the learning rate changes over a training, apart from the warm-up: one step's rate as a pure
/// function of the base rate, of the place in the training and of what was measured until then.
///
/// A program's own shape needs a `name` and `learningRate(base:at:)`; the rest has defaults.
public protocol ScheduleShape: Codable, Hashable, Sendable {
  /// The name on the command line and in checkpoints: `cosine`.
  static var name: String { get }

  /// The options that `init(_:)` takes.
  static var options: [ScheduleOption] { get }

  /// The shape with the given numbers.
  /// - Throws: `ScheduleError` for a number that is missing or out of range.
  init(_ options: ScheduleOptions) throws(ScheduleError)

  /// What is measured after each epoch for it; nil for shapes that need no evaluation.
  var metric: ScheduleMetric? { get }

  /// Every shape is checked when it is made, and again when it comes from a file.
  /// - Throws: `ScheduleError` for a number that is out of range.
  func check() throws(ScheduleError)

  /// The learning rate at `progress` for the base rate `base`.
  func learningRate(base: Double, at progress: ScheduleProgress) -> Double
}

extension ScheduleShape {
  public static var options: [ScheduleOption] { [] }

  /// For shapes that are made in programs only.
  /// - Throws: always.
  public init(_ options: ScheduleOptions) throws(ScheduleError) {
    throw .unknown(name: Self.name, known: Schedule.names)
  }

  public var metric: ScheduleMetric? { nil }

  public func check() throws(ScheduleError) {}
}
