import TandemData

/// One pass over the training images.
public struct EpochRecord: Hashable, Sendable {
  /// 1-based.
  public let epoch: Int
  /// Updates since the start of the training.
  public let step: Int
  /// The rate of the last update.
  public let learningRate: Float
  /// Mean loss and accuracy (0…1) of the training images, measured as they were used.
  public let trainLoss: Double
  public let trainTop1: Double
  /// Which images `testLoss` and the accuracies below are of. Files call them after it:
  /// `validationLoss`.
  public let measuredPart: MeasuredPart
  /// Mean loss of all images that are measured with after the epoch; nil if they are not evaluated.
  public let testLoss: Double?
  public let testTop1: Double?
  public let testTop5: Double?
  /// The same with the averaged weights (`TrainingOptions.emaDecay`); nil without them. Files call
  /// them `emaTestLoss` and so on.
  public let emaLoss: Double?
  public let emaTop1: Double?
  public let emaTop5: Double?
  /// Images that were trained on per second, without evaluation and checkpoints.
  public let imagesPerSecond: Double
  public let seconds: Double
  /// The part of `seconds` that worker 0 waited for mini-batches.
  public let secondsWaitingForData: Double
  /// The exchange of gradients in all updates of the epoch, on the first rank.
  package let exchange: ExchangeFigures
  /// How the layers' weights do (`TrainingOptions.layerStatistics`); nil where nobody asks.
  package var layers: [LayerStatistics]?
}

/// Stored with the measured part in the names of what it gave: `testLoss`, `validationLoss`.
extension EpochRecord: Codable {
  private enum CodingKeys: String, CodingKey {
    case epoch, step, learningRate, trainLoss, trainTop1
    case testLoss, testTop1, testTop5
    case validationLoss, validationTop1, validationTop5
    case emaTestLoss, emaTestTop1, emaTestTop5
    case emaValidationLoss, emaValidationTop1, emaValidationTop5
    case imagesPerSecond, seconds, secondsWaitingForData, exchange, layers

    /// The names of loss, top-1 and top-5 of a part.
    static func measured(_ part: MeasuredPart) -> (loss: Self, top1: Self, top5: Self) {
      switch part {
      case .test: (.testLoss, .testTop1, .testTop5)
      case .validation: (.validationLoss, .validationTop1, .validationTop5)
      }
    }

    /// The same with averaged weights.
    static func averaged(_ part: MeasuredPart) -> (loss: Self, top1: Self, top5: Self) {
      switch part {
      case .test: (.emaTestLoss, .emaTestTop1, .emaTestTop5)
      case .validation: (.emaValidationLoss, .emaValidationTop1, .emaValidationTop5)
      }
    }
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let part = container.contains(.validationLoss) ? MeasuredPart.validation : .test
    let keys = CodingKeys.measured(part)
    let averaged = CodingKeys.averaged(part)
    self.init(
      epoch: try container.decode(Int.self, forKey: .epoch),
      step: try container.decode(Int.self, forKey: .step),
      learningRate: try container.decode(Float.self, forKey: .learningRate),
      trainLoss: try container.decode(Double.self, forKey: .trainLoss),
      trainTop1: try container.decode(Double.self, forKey: .trainTop1),
      measuredPart: part,
      testLoss: try container.decodeIfPresent(Double.self, forKey: keys.loss),
      testTop1: try container.decodeIfPresent(Double.self, forKey: keys.top1),
      testTop5: try container.decodeIfPresent(Double.self, forKey: keys.top5),
      emaLoss: try container.decodeIfPresent(Double.self, forKey: averaged.loss),
      emaTop1: try container.decodeIfPresent(Double.self, forKey: averaged.top1),
      emaTop5: try container.decodeIfPresent(Double.self, forKey: averaged.top5),
      imagesPerSecond: try container.decode(Double.self, forKey: .imagesPerSecond),
      seconds: try container.decode(Double.self, forKey: .seconds),
      secondsWaitingForData: try container.decode(Double.self, forKey: .secondsWaitingForData),
      exchange: try container.decode(ExchangeFigures.self, forKey: .exchange),
      layers: try container.decodeIfPresent([LayerStatistics].self, forKey: .layers))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    let keys = CodingKeys.measured(measuredPart)
    try container.encode(epoch, forKey: .epoch)
    try container.encode(step, forKey: .step)
    try container.encode(learningRate, forKey: .learningRate)
    try container.encode(trainLoss, forKey: .trainLoss)
    try container.encode(trainTop1, forKey: .trainTop1)
    try container.encodeIfPresent(testLoss, forKey: keys.loss)
    try container.encodeIfPresent(testTop1, forKey: keys.top1)
    try container.encodeIfPresent(testTop5, forKey: keys.top5)
    let averaged = CodingKeys.averaged(measuredPart)
    try container.encodeIfPresent(emaLoss, forKey: averaged.loss)
    try container.encodeIfPresent(emaTop1, forKey: averaged.top1)
    try container.encodeIfPresent(emaTop5, forKey: averaged.top5)
    try container.encode(imagesPerSecond, forKey: .imagesPerSecond)
    try container.encode(seconds, forKey: .seconds)
    try container.encode(secondsWaitingForData, forKey: .secondsWaitingForData)
    try container.encode(exchange, forKey: .exchange)
    try container.encodeIfPresent(layers, forKey: .layers)
  }
}

extension EpochRecord {
  /// What people call the measured images: `test`, `val`.
  package static func word(_ part: MeasuredPart) -> String {
    switch part {
    case .test: "test"
    case .validation: "val"
    }
  }
}
