import CKernels

/// Adam with decoupled weight decay, as `torch.optim.AdamW`: parameters first shrink by
/// 1 - rate·λ, then make the step of `Adam` without decay.
///
/// Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101;
/// https://docs.pytorch.org/docs/2.13/generated/torch.optim.AdamW.html
public struct AdamW: Optimizer {
  public static let name = "adamw"
  public static let defaultLearningRate: Float = 1e-3
  public static let hyperParameters: [HyperParameter] = [.beta1, .beta2, .epsilon, .weightDecay]

  public let beta1: Double
  public let beta2: Double
  public let epsilon: Double
  public let weightDecay: Double

  public init(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 1e-2
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
      epsilon: options[.epsilon, default: 1e-8],
      weightDecay: options[.weightDecay, default: 1e-2])
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
        addedDecay: 0, parameterScale: 1 - Double(learningRate) * weightDecay))
  }
}
