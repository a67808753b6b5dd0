import CKernels

/// RMSProp, as `torch.optim.RMSprop`: gradients divided by the root of a running mean of their
/// squares.
///
///     s ← α·s + (1 - α)·g²
///     u = g / (√s + ε)            centered: √max(0, s - a²) with a ← a + (1 - α)·(g - a)
///     p ← p - rate·u              with momentum: v ← μ·v + u, p ← p - rate·v
///
/// Tieleman and Hinton 2012, lecture 6e of "Neural networks for machine learning"; centered form:
/// Graves 2013, https://arxiv.org/abs/1308.0850.
/// https://docs.pytorch.org/docs/2.13/generated/torch.optim.RMSprop.html
public struct RMSProp: Optimizer {
  public static let name = "rmsprop"
  public static let defaultLearningRate: Float = 1e-2
  public static let hyperParameters: [HyperParameter] = [
    .alpha, .epsilon, .momentum, .centered, .weightDecay,
  ]

  public let alpha: Double
  public let epsilon: Double
  public let momentum: Double
  public let centered: Bool
  public let weightDecay: Double

  public init(
    alpha: Double = 0.99, epsilon: Double = 1e-8, momentum: Double = 0, centered: Bool = false,
    weightDecay: Double = 0
  ) {
    self.alpha = alpha
    self.epsilon = epsilon
    self.momentum = momentum
    self.centered = centered
    self.weightDecay = weightDecay
  }

  public init(_ options: OptimizerOptions) throws {
    try options.check(for: Self.self)
    self.init(
      alpha: options[.alpha, default: 0.99], epsilon: options[.epsilon, default: 1e-8],
      momentum: options[.momentum, default: 0], centered: options[.centered],
      weightDecay: options[.weightDecay, default: 0])
  }

  public var stateNames: [String] {
    ["squareAverage"] + (momentum > 0 ? ["momentum"] : []) + (centered ? ["average"] : [])
  }

  public var momentumInUse: Double? { momentum > 0 ? momentum : nil }

  public func havingMomentum(_ momentum: Double) -> Self? {
    guard self.momentum > 0, momentum > 0 else { return nil }
    return Self(
      alpha: alpha, epsilon: epsilon, momentum: momentum, centered: centered,
      weightDecay: weightDecay)
  }

  public func decaying(_ weightDecay: Double) -> Self? {
    Self(
      alpha: alpha, epsilon: epsilon, momentum: momentum, centered: centered,
      weightDecay: weightDecay)
  }

  public func update(
    parameters: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>,
    state: [UnsafeMutablePointer<Float>], count: Int, learningRate: Float, step: Int
  ) {
    precondition(state.count == stateNames.count, "state arenas: \(state.count)")
    tandem_rmsprop(
      parameters, gradients, state[0], momentum > 0 ? state[1] : nil,
      centered ? state[state.count - 1] : nil, count,
      tandem_rmsprop_scalars(
        learning_rate: learningRate, alpha: Float(alpha), one_minus_alpha: Float(1 - alpha),
        epsilon: Float(epsilon), momentum: Float(momentum), weight_decay: Float(weightDecay)))
  }
}
