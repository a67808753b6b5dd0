/// What a schedule may go by: a number that the evaluation after each epoch gives, of the images
/// that a training is measured with (`DatasetPair.measuredPart`).
public enum ScheduleMetric: String, Codable, CaseIterable, Sendable {
  /// Mean loss of the images.
  case loss = "test-loss"
  /// Part of the images whose class is not the most likely one, 0…1.
  case error = "test-error"
  /// The other part.
  case accuracy = "test-accuracy"

  /// Whether more is better.
  public var isBetterLarge: Bool { self == .accuracy }

  /// nil for an epoch that was not evaluated.
  func value(of record: EpochRecord) -> Double? {
    value(loss: record.testLoss, top1: record.testTop1)
  }

  func value(loss: Double?, top1: Double?) -> Double? {
    switch self {
    case .loss: loss
    case .error: top1.map { 1 - $0 }
    case .accuracy: top1
    }
  }
}
