/// What the learning rate of some parameters is multiplied with: `features.*=0.1`.
public struct LearningRateScale: Hashable, Codable, Sendable, CustomStringConvertible {
  /// A shell pattern that matches names of parameters, or paths of layers and blocks that they are
  /// in.
  public var pattern: String
  /// Above 0.
  public var factor: Float

  public init(_ pattern: String, _ factor: Float) {
    self.pattern = pattern
    self.factor = factor
  }

  public var description: String { "\(pattern)=\(factor)" }
}
