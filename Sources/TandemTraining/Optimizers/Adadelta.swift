import CKernels

/// Adadelta, as `torch.optim.Adadelta`: steps in the units of the parameters, from running means of
/// the squares of gradients and of updates.
///
///     s ← ρ·s + (1 - ρ)·g²
///     u = √(d + ε) / √(s + ε) · g
///     d ← ρ·d + (1 - ρ)·u²
///     p ← p - rate·u
///
/// Zeiler 2012, https://arxiv.org/abs/1212.5701;
/// https://docs.pytorch.org/docs/2.13/generated/torch.optim.Adadelta.html
public struct Adadelta: Optimizer {
  public static let name = "adadelta"
  public static let defaultLearningRate: Float = 1
  public static let hyperParameters: [HyperParameter] = [.rho, .epsilon, .weightDecay]

  public let rho: Double
  public let epsilon: Double
  public let weightDecay: Double

  public init(rho: Double = 0.9, epsilon: Double = 1e-6, weightDecay: Double = 0) {
    self.rho = rho
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  public init(_ options: OptimizerOptions) throws {
    try options.check(for: Self.self)
    self.init(
      rho: options[.rho, default: 0.9], epsilon: options[.epsilon, default: 1e-6],
      weightDecay: options[.weightDecay, default: 0])
  }

  public var stateNames: [String] { ["squareAverage", "squareUpdate"] }

  public func decaying(_ weightDecay: Double) -> Self? {
    Self(rho: rho, epsilon: epsilon, weightDecay: weightDecay)
  }

  public func update(
    parameters: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>,
    state: [UnsafeMutablePointer<Float>], count: Int, learningRate: Float, step: Int
  ) {
    precondition(state.count == stateNames.count, "state arenas: \(state.count)")
    tandem_adadelta(
      parameters, gradients, state[0], state[1], count,
      tandem_adadelta_scalars(
        learning_rate: learningRate, rho: Float(rho), one_minus_rho: Float(1 - rho),
        epsilon: Float(epsilon), weight_decay: Float(weightDecay)))
  }
}
