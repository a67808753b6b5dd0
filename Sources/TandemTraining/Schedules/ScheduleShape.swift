/// How the learning rate changes over a training, apart from the warm-up: one step's rate as a pure
/// function of the base rate and of the place in the training.
public protocol ScheduleShape: Codable, Hashable, Sendable {
  /// The name on the command line and in checkpoints: `cosine`.
  static var name: String { get }

  /// The options that `init(_:)` takes.
  static var options: [ScheduleOption] { get }

  /// The shape with the given numbers.
  /// - Throws: `ScheduleError` for a number that is missing or out of range.
  init(_ options: ScheduleOptions) throws(ScheduleError)

  /// Every shape is checked when it is made, and again when it comes from a file.
  /// - Throws: `ScheduleError` for a number that is out of range.
  func check() throws(ScheduleError)

  /// The learning rate at `progress` for the base rate `base`.
  func learningRate(base: Double, at progress: ScheduleProgress) -> Double
}
