/// How well a network does on a data set, each image counted exactly once.
public struct EvaluationResult: Hashable, Codable, Sendable {
  /// Mean loss per image (a cross-entropy in nats, without label smoothing).
  public let loss: Double
  /// Fractions of the images, 0…1, whose label has the largest logit or is among the five largest.
  public let top1: Double
  public let top5: Double
  public let images: Int
  /// The accuracy of each class, in their order.
  public let perClass: [ClassAccuracy]
}
