import TandemData

/// A number by which an epoch is compared with others: `val-loss`, `test-accuracy`, `ema-val-loss`.
public struct EpochMetric: Hashable, Sendable {
  /// Whose images it is of: a training measures with one part.
  public let part: MeasuredPart
  public let quantity: ScheduleMetric
  /// Whether it is of the averaged weights (`TrainingOptions.emaDecay`), which are then meant.
  public let isOfAverage: Bool

  public init(
    _ quantity: ScheduleMetric, of part: MeasuredPart = .validation, isOfAverage: Bool = false
  ) {
    self.quantity = quantity
    self.part = part
    self.isOfAverage = isOfAverage
  }

  /// The metric of a name such as `val-loss`; nil if there is none.
  public init?(_ name: String) {
    guard let metric = Self.allCases.first(where: { $0.description == name }) else { return nil }
    self = metric
  }

  /// Whether an epoch with one value is better than one with another.
  func isBetter(_ value: Double, than other: Double) -> Bool {
    quantity.isBetterLarge ? value > other : value < other
  }

  /// nil for an epoch that was not evaluated.
  func value(of record: EpochRecord) -> Double? {
    isOfAverage
      ? quantity.value(loss: record.emaLoss, top1: record.emaTop1) : quantity.value(of: record)
  }
}

extension EpochMetric: CaseIterable {
  public static var allCases: [EpochMetric] {
    [false, true].flatMap { isOfAverage in
      [MeasuredPart.validation, .test].flatMap { part in
        ScheduleMetric.allCases.map { EpochMetric($0, of: part, isOfAverage: isOfAverage) }
      }
    }
  }
}

extension EpochMetric: CustomStringConvertible {
  public var description: String {
    "\(isOfAverage ? "ema-" : "")\(EpochRecord.word(part))-\(quantity.word)"
  }
}

/// Stored by its name.
extension EpochMetric: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let metric = EpochMetric(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "there is no such metric")
    }
    self = metric
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension ScheduleMetric {
  /// What it is called behind the part: `loss`.
  fileprivate var word: String {
    switch self {
    case .loss: "loss"
    case .error: "error"
    case .accuracy: "accuracy"
    }
  }
}
