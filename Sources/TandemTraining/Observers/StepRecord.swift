/// One update.
public struct StepRecord: Hashable, Codable, Sendable {
  /// 1-based.
  public let epoch: Int
  public let epochs: Int
  /// 1-based.
  public let stepInEpoch: Int
  public let stepsPerEpoch: Int
  /// Updates since the start of the training, this one included.
  public let step: Int
  /// Images of this update.
  public let images: Int
  public let learningRate: Float
  /// Mean loss and accuracy (0…1) of the epoch's training images so far, measured as they were
  /// used.
  public let loss: Double
  public let top1: Double
  public let imagesInEpoch: Int
  public let trainImages: Int
  public let secondsInEpoch: Double
  /// The exchange of gradients of this update.
  package let exchange: ExchangeFigures
}
