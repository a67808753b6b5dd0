/// A place in a training, as the shapes of schedules see it.
public struct ScheduleProgress: Hashable, Sendable {
  /// Whole epochs completed since the start of the training, warm-up included.
  public let epoch: Int
  /// Steps made since the end of the warm-up; 0 during the warm-up.
  public let step: Int
  /// Steps from the end of the warm-up to the end of the training, at least 1.
  public let totalSteps: Int
  /// The shape's metric after each complete epoch, the first one first; empty for shapes that have
  /// none.
  public let measured: [Double]

  /// The part of the steps after the warm-up that is done, 0…1.
  public var fraction: Double { min(1, Double(step) / Double(totalSteps)) }
}
