import CKernels
import Foundation

/// Adam, as `torch.optim.Adam`; weight decay is added to the gradient (for decay apart from the
/// gradient see `AdamW`).
///
///     m ← β₁·m + (1 - β₁)·g
///     v ← β₂·v + (1 - β₂)·g²
///     p ← p - rate / (1 - β₁ᵗ) · m / (√v / √(1 - β₂ᵗ) + ε)
///
/// Kingma and Ba 2015, https://arxiv.org/abs/1412.6980;
/// https://docs.pytorch.org/docs/2.13/generated/torch.optim.Adam.html
public struct Adam: Optimizer {
  public static let name = "adam"
  public static let defaultLearningRate: Float = 1e-3
  public static let hyperParameters: [HyperParameter] = [.beta1, .beta2, .epsilon, .weightDecay]

  public let beta1: Double
  public let beta2: Double
  public let epsilon: Double
  public let weightDecay: Double

  public init(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  public init(_ options: OptimizerOptions) throws {
    try options.check(for: Self.self)
    self.init(
      beta1: options[.beta1, default: 0.9], beta2: options[.beta2, default: 0.999],
      epsilon: options[.epsilon, default: 1e-8], weightDecay: options[.weightDecay, default: 0])
  }

  public var stateNames: [String] { ["average", "squareAverage"] }

  public func decaying(_ weightDecay: Double) -> Self? {
    Self(beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay)
  }

  public func update(
    parameters: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>,
    state: [UnsafeMutablePointer<Float>], count: Int, learningRate: Float, step: Int
  ) {
    precondition(state.count == stateNames.count, "state arenas: \(state.count)")
    tandem_adam(
      parameters, gradients, state[0], state[1], count,
      tandem_adam_scalars(
        beta1: beta1, beta2: beta2, epsilon: epsilon, learningRate: learningRate, step: step,
        addedDecay: weightDecay, parameterScale: 1))
  }
}

extension tandem_adam_scalars {
  /// The scalars of step `step`, which Adam and AdamW share; bias corrections in double precision.
  init(
    beta1: Double, beta2: Double, epsilon: Double, learningRate: Float, step: Int,
    addedDecay: Double, parameterScale: Double
  ) {
    let biasCorrection1 = 1 - pow(beta1, Double(step))
    let biasCorrection2 = 1 - pow(beta2, Double(step))
    self.init(
      step_size: Float(Double(learningRate) / biasCorrection1),
      inverse_root_bias_correction2: Float(1 / biasCorrection2.squareRoot()),
      one_minus_beta1: Float(1 - beta1), beta2: Float(beta2), one_minus_beta2: Float(1 - beta2),
      epsilon: Float(epsilon), weight_decay: Float(addedDecay),
      parameter_scale: Float(parameterScale))
  }
}
