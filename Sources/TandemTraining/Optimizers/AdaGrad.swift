import CKernels

/// AdaGrad, as `torch.optim.Adagrad`: each element's rate falls with the sum of its squared
/// gradients.
///
///     s ← s + g²
///     p ← p - rate / (1 + (t - 1)·decay) · g / (√s + ε)
///
/// Duchi, Hazan and Singer 2011, https://jmlr.org/papers/v12/duchi11a.html;
/// https://docs.pytorch.org/docs/2.13/generated/torch.optim.Adagrad.html
public struct AdaGrad: Optimizer {
  public static let name = "adagrad"
  public static let defaultLearningRate: Float = 1e-2
  public static let hyperParameters: [HyperParameter] = [
    .learningRateDecay, .epsilon, .weightDecay,
  ]

  public let learningRateDecay: Double
  public let epsilon: Double
  public let weightDecay: Double

  public init(learningRateDecay: Double = 0, epsilon: Double = 1e-10, weightDecay: Double = 0) {
    self.learningRateDecay = learningRateDecay
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  public init(_ options: OptimizerOptions) throws {
    try options.check(for: Self.self)
    self.init(
      learningRateDecay: options[.learningRateDecay, default: 0],
      epsilon: options[.epsilon, default: 1e-10],
      weightDecay: options[.weightDecay, default: 0])
  }

  public var stateNames: [String] { ["squareSum"] }

  public func decaying(_ weightDecay: Double) -> Self? {
    Self(
      learningRateDecay: learningRateDecay, epsilon: epsilon, weightDecay: weightDecay)
  }

  public func update(
    parameters: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>,
    state: [UnsafeMutablePointer<Float>], count: Int, learningRate: Float, step: Int
  ) {
    precondition(state.count == stateNames.count, "state arenas: \(state.count)")
    let decayed = Double(learningRate) / (1 + Double(step - 1) * learningRateDecay)
    tandem_adagrad(
      parameters, gradients, state[0], count, Float(decayed), Float(epsilon), Float(weightDecay))
  }
}
