import TandemTensor

/// One parameter tensor of a layer.
public struct Parameter: Hashable, Sendable {
  /// The name within the layer, `weight` or `bias`.
  public let name: String
  /// `[O, I / groups, KH, KW]` for convolutions, `[O, I]` for dense layers, `[O]` for biases.
  public let shape: Shape
  public let initializer: Initializer
  /// Inputs and outputs per unit, which He and Xavier initialisation scale with.
  public let fanIn: Int
  public let fanOut: Int
  public let role: Role

  /// How a parameter changes in a step.
  public enum Role: Hashable, Sendable {
    /// It follows its gradient.
    case trained
    /// It follows a statistic of the mini-batch: running = (1 - momentum)·running +
    /// momentum·statistic. In place of a gradient, backward computes the statistic.
    case runningStatistic(momentum: Float)
    /// It does not change: nobody computes, exchanges or stores a gradient of it.
    case frozen
  }

  /// The same parameter, changing in another way.
  func with(role: Role) -> Parameter {
    Parameter(
      name, shape: shape, initializer: initializer, fanIn: fanIn, fanOut: fanOut, role: role)
  }

  public init(
    _ name: String, shape: Shape, initializer: Initializer, fanIn: Int, fanOut: Int,
    role: Role = .trained
  ) {
    self.name = name
    self.shape = shape
    self.initializer = initializer
    self.fanIn = fanIn
    self.fanOut = fanOut
    self.role = role
  }
}
