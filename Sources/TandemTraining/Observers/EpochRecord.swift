/// One pass over the training images.
public struct EpochRecord: Hashable, Codable, Sendable {
  /// 1-based.
  public let epoch: Int
  /// Updates since the start of the training.
  public let step: Int
  /// The rate of the last update.
  public let learningRate: Float
  /// Mean loss and accuracy (0…1) of the training images, measured as they were used.
  public let trainLoss: Double
  public let trainTop1: Double
  /// Mean loss of all test images after the epoch; nil if they are not evaluated.
  public let testLoss: Double?
  public let testTop1: Double?
  public let testTop5: Double?
  /// Images that were trained on per second, without evaluation and checkpoints.
  public let imagesPerSecond: Double
  public let seconds: Double
  /// The part of `seconds` that worker 0 waited for mini-batches.
  public let secondsWaitingForData: Double
  /// The exchange of gradients in all updates of the epoch, on the first rank.
  package let exchange: ExchangeFigures
}
