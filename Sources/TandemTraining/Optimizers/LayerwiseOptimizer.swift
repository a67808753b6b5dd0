/// An optimizer whose learning rate also depends on the norms of a parameter (a layer's weights, or
/// its bias) and of that parameter's gradient. Whoever calls `update` passes a rate that was made
/// with `learningRate(_:weightNorm:gradientNorm:)`; a range must not straddle parameters.
public protocol LayerwiseOptimizer: Optimizer {
  /// What the learning rate of a parameter is multiplied with in one step.
  ///
  /// - Parameters:
  ///   - weightNorm: the Euclidean norm of all the parameter's elements, before the step.
  ///   - gradientNorm: the same of the gradient that `update` gets. Both are finite.
  func rateFactor(weightNorm: Double, gradientNorm: Double) -> Double

  /// Whether the gradient's norm is what the rate depends on, and not that of another direction,
  /// which `direction` then computes.
  var movesAlongGradient: Bool { get }

  /// The direction in which `update` will move, whose norm takes the place of the gradient's.
  /// Nothing else is changed.
  ///
  /// - Parameters: as of `update`.
  ///   - direction: `[count]`, overwritten.
  func direction(
    _ direction: UnsafeMutablePointer<Float>, parameters: UnsafePointer<Float>,
    gradients: UnsafePointer<Float>, state: [UnsafeMutablePointer<Float>], count: Int, step: Int)
}

extension LayerwiseOptimizer {
  public var movesAlongGradient: Bool { true }

  public func direction(
    _ direction: UnsafeMutablePointer<Float>, parameters: UnsafePointer<Float>,
    gradients: UnsafePointer<Float>, state: [UnsafeMutablePointer<Float>], count: Int, step: Int
  ) {
    direction.update(from: gradients, count: count)
  }

  /// The learning rate to update a parameter with.
  /// - Parameter rate: the rate of this step, from the `Schedule`.
  public func learningRate(_ rate: Float, weightNorm: Double, gradientNorm: Double) -> Float {
    precondition(weightNorm.isFinite && gradientNorm.isFinite, "norms must be finite")
    let local = Double(rate) * rateFactor(weightNorm: weightNorm, gradientNorm: gradientNorm)
    // A gradient that nearly vanishes can ask for more than a float holds: infinity times a zero
    // element would not be a number.
    return Float(min(local, Double(Float.greatestFiniteMagnitude)))
  }
}
