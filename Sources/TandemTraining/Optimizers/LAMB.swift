import CKernels

/// Adam for very large mini-batches: each parameter moves in Adam's direction, as far as is in
/// proportion to how long it is itself.
///
/// You et al. 2020, "Large batch optimization for deep learning: training BERT in 76 minutes",
/// https://arxiv.org/abs/1904.00962, algorithm 2 with bias corrections and φ(z) = z; with the
/// direction r = m̂ / (√v̂ + ε) + λ·w of the parameter w and the schedule's rate γ:
///
///     w ← w - γ · ‖w‖/‖r‖ · r
///
/// Where a norm is zero the ratio is 1, as in NVIDIA's and timm's code. These do not adapt without
/// a weight decay, which the paper knows nothing of and this one does not do either.
public struct LAMB: LayerwiseOptimizer {
  public static let name = "lamb"
  public static let defaultLearningRate: Float = 1e-3
  public static let hyperParameters: [HyperParameter] = [.beta1, .beta2, .epsilon, .weightDecay]

  public let beta1: Double
  public let beta2: Double
  public let epsilon: Double
  public let weightDecay: Double

  public init(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-6, weightDecay: Double = 1e-2
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
      epsilon: options[.epsilon, default: 1e-6],
      weightDecay: options[.weightDecay, default: 1e-2])
  }

  public var stateNames: [String] { ["average", "squareAverage"] }

  public func rateFactor(weightNorm: Double, gradientNorm: Double) -> Double {
    weightNorm > 0 && gradientNorm > 0 ? weightNorm / gradientNorm : 1
  }

  public var movesAlongGradient: Bool { false }

  public func direction(
    _ direction: UnsafeMutablePointer<Float>, parameters: UnsafePointer<Float>,
    gradients: UnsafePointer<Float>, state: [UnsafeMutablePointer<Float>], count: Int, step: Int
  ) {
    compute(direction, parameters, gradients, state, count, step, keeps: false)
  }

  /// - Parameter learningRate: the rate times `rateFactor`.
  public func update(
    parameters: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>,
    state: [UnsafeMutablePointer<Float>], count: Int, learningRate: Float, step: Int
  ) {
    precondition(state.count == stateNames.count, "state arenas: \(state.count)")
    withUnsafeTemporaryAllocation(of: Float.self, capacity: Blocks.elements) { memory in
      guard let direction = memory.baseAddress else { return }
      Blocks.forEach(of: 0..<count) { block in
        let start = block.lowerBound
        compute(
          direction, parameters + start, gradients + start, state.map { $0 + start }, block.count,
          step, keeps: true)
        tandem_sgd(parameters + start, direction, block.count, learningRate, 0)
      }
    }
  }

  private func compute(
    _ direction: UnsafeMutablePointer<Float>, _ parameters: UnsafePointer<Float>,
    _ gradients: UnsafePointer<Float>, _ state: [UnsafeMutablePointer<Float>], _ count: Int,
    _ step: Int, keeps: Bool
  ) {
    tandem_lamb_direction(
      direction, parameters, gradients, state[0], state[1], count,
      tandem_adam_scalars(
        beta1: beta1, beta2: beta2, epsilon: epsilon, learningRate: 1, step: step,
        addedDecay: weightDecay, parameterScale: 1), keeps)
  }
}
