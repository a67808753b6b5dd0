import CKernels

/// Stochastic gradient descent, plain or with momentum, as `torch.optim.SGD` (dampening 0).
///
/// With the gradient g (weight decay λ included: g + λ·p):
///
///     v ← μ·v + g
///     p ← p - rate·v              or, in Nesterov's form, p - rate·(g + μ·v)
///
/// https://docs.pytorch.org/docs/2.13/generated/torch.optim.SGD.html; momentum as in Sutskever et
/// al. 2013, "On the importance of initialization and momentum in deep learning".
public struct SGD: Optimizer {
  public static let name = "sgd"
  public static let defaultLearningRate: Float = 1e-3
  /// The momentum where nothing is said: of `TrainingOptions`, and of the tool's `sgd`.
  package static let usualMomentum = 0.9
  public static let hyperParameters: [HyperParameter] = [.momentum, .nesterov, .weightDecay]

  public let momentum: Double
  public let nesterov: Bool
  public let weightDecay: Double

  public init(momentum: Double = 0, nesterov: Bool = false, weightDecay: Double = 0) {
    self.momentum = momentum
    self.nesterov = nesterov
    self.weightDecay = weightDecay
  }

  public init(_ options: OptimizerOptions) throws {
    try options.check(for: Self.self)
    self.init(
      momentum: options[.momentum, default: 0], nesterov: options[.nesterov],
      weightDecay: options[.weightDecay, default: 0])
    if nesterov && momentum == 0 { throw OptimizerError.nesterovWithoutMomentum }
  }

  public var stateNames: [String] { momentum == 0 ? [] : ["momentum"] }

  public func decaying(_ weightDecay: Double) -> Self? {
    Self(momentum: momentum, nesterov: nesterov, weightDecay: weightDecay)
  }

  public var momentumInUse: Double? { momentum == 0 ? nil : momentum }

  public func havingMomentum(_ momentum: Double) -> Self? {
    guard self.momentum > 0, momentum > 0 else { return nil }
    return Self(momentum: momentum, nesterov: nesterov, weightDecay: weightDecay)
  }

  public func update(
    parameters: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>,
    state: [UnsafeMutablePointer<Float>], count: Int, learningRate: Float, step: Int
  ) {
    precondition(state.count == stateNames.count, "state arenas: \(state.count)")
    if momentum == 0 {
      tandem_sgd(parameters, gradients, count, learningRate, Float(weightDecay))
    } else {
      tandem_sgd_momentum(
        parameters, gradients, state[0], count, learningRate, Float(momentum), nesterov,
        Float(weightDecay))
    }
  }
}
