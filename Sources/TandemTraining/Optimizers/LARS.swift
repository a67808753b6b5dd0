import CKernels

/// Layer-wise adaptive rate scaling: stochastic gradient descent with momentum in which each
/// parameter has a learning rate of its own, in proportion to how long its weights are compared to
/// their gradient. For very large mini-batches, whose learning rates make plain SGD diverge.
///
/// You, Gitman and Ginsburg 2017, "Large batch training of convolutional networks",
/// https://arxiv.org/abs/1708.03888. Algorithm 1 there, line by line, for the parameter w of layer
/// l, with its gradient g, the weight decay β, the trust coefficient η, the momentum m and the
/// schedule's rate γ:
///
///     λ ← η·‖w‖ / (‖g‖ + β·‖w‖)      the local rate
///     v ← m·v + γ·λ·(g + β·w)        the rates go into the velocity, other than in `SGD`
///     w ← w - v
///
/// Weights and biases are separate parameters, each with its own λ, as in the authors' code
/// (`SGDSolver::GetLocalRate` of NVIDIA's Caffe). From there is also what happens where a norm is
/// zero, so that there is no ratio: λ = 1. Only so does a bias that begins with zeros ever move.
///
/// The algorithm lets γ fall as (1 - t/T)²; here that is the schedule's choice:
/// `PolynomialSchedule` with power 2.
public struct LARS: LayerwiseOptimizer {
  public static let name = "lars"
  /// PyTorch has no LARS. With this rate a step adds at most η of the weights' norm to the
  /// velocity, a thousandth by default, so that with momentum no step moves them by much more than
  /// η / (1 - m), a hundredth.
  public static let defaultLearningRate: Float = 1
  public static let hyperParameters: [HyperParameter] = [
    .trustCoefficient, .momentum, .weightDecay,
  ]

  /// η: how far a parameter is trusted to move in one step, as a fraction of its norm.
  public let trustCoefficient: Double
  public let momentum: Double
  public let weightDecay: Double

  public init(
    trustCoefficient: Double = 0.001, momentum: Double = 0.9, weightDecay: Double = 0.0005
  ) {
    self.trustCoefficient = trustCoefficient
    self.momentum = momentum
    self.weightDecay = weightDecay
  }

  public init(_ options: OptimizerOptions) throws {
    try options.check(for: Self.self)
    self.init(
      trustCoefficient: options[.trustCoefficient, default: 0.001],
      momentum: options[.momentum, default: 0.9],
      weightDecay: options[.weightDecay, default: 0.0005])
  }

  public var stateNames: [String] { momentum == 0 ? [] : ["momentum"] }

  public var momentumInUse: Double? { momentum == 0 ? nil : momentum }

  public func havingMomentum(_ momentum: Double) -> Self? {
    guard self.momentum > 0, momentum > 0 else { return nil }
    return Self(
      trustCoefficient: trustCoefficient, momentum: momentum, weightDecay: weightDecay)
  }

  public func rateFactor(weightNorm: Double, gradientNorm: Double) -> Double {
    guard weightNorm > 0, gradientNorm > 0 else { return 1 }
    return trustCoefficient * weightNorm / (gradientNorm + weightDecay * weightNorm)
  }

  /// - Parameter learningRate: γ·λ, from `learningRate(_:weightNorm:gradientNorm:)`.
  public func update(
    parameters: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>,
    state: [UnsafeMutablePointer<Float>], count: Int, learningRate: Float, step: Int
  ) {
    precondition(state.count == stateNames.count, "state arenas: \(state.count)")
    if momentum == 0 {
      tandem_sgd(parameters, gradients, count, learningRate, Float(weightDecay))
    } else {
      tandem_lars(
        parameters, gradients, state[0], count, learningRate, Float(momentum), Float(weightDecay))
    }
  }
}
