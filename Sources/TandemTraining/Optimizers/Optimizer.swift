/// How parameters follow their gradients: a value of hyper-parameters, and one step over a range.
///
/// Formulas and defaults are those of `torch.optim` (version 2.13) where it has the optimizer, so
/// that a recipe found for PyTorch gives the same training here. Hyper-parameters are double
/// precision for the same reason: 1 - 0.999 computed in float would be wrong in the fifth digit.
///
/// A program's own optimizer needs a `name`, its `stateNames` and `update`; the rest has defaults.
/// It trains, is stored in checkpoints and resumes as the built-in ones do.
public protocol Optimizer: Codable, Hashable, Sendable {
  /// The name on the command line and in checkpoints: `adam`.
  static var name: String { get }

  /// PyTorch's default for the learning rate, where it has one.
  static var defaultLearningRate: Float { get }

  /// The hyper-parameters that `init(_:)` takes.
  static var hyperParameters: [HyperParameter] { get }

  /// An optimizer with the given hyper-parameters and PyTorch's defaults for those left out.
  /// - Throws: `OptimizerError` for hyper-parameters this optimizer does not have or that are out
  ///   of range.
  init(_ options: OptimizerOptions) throws

  /// The names of the state's arenas. Each has one float32 per parameter element and starts zeroed.
  var stateNames: [String] { get }

  /// The same optimizer with another weight decay, for parameters that have one of their own; nil
  /// where there can be none.
  func decaying(_ weightDecay: Double) -> Self?

  /// The momentum of an optimizer that keeps a velocity for it; nil for others.
  var momentumInUse: Double? { get }

  /// The same optimizer with another momentum, for the state that it has; nil where there can be
  /// none.
  func havingMomentum(_ momentum: Double) -> Self?

  /// Makes one step over `count` consecutive elements. An element's result depends on that element
  /// only, so ranges can be cut in any way among workers without changing a bit.
  ///
  /// - Parameters:
  ///   - parameters: `[count]`, updated in place.
  ///   - gradients: `[count]`, of the mean loss over the mini-batch.
  ///   - state: one pointer for each of `stateNames`, each to `[count]` elements of this range.
  ///   - learningRate: the rate of this step, from the `Schedule`.
  ///   - step: the number of this step, starting with 1.
  func update(
    parameters: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>,
    state: [UnsafeMutablePointer<Float>], count: Int, learningRate: Float, step: Int)
}

extension Optimizer {
  public static var defaultLearningRate: Float { 0.01 }
  public static var hyperParameters: [HyperParameter] { [] }

  public func decaying(_ weightDecay: Double) -> Self? { nil }

  public var momentumInUse: Double? { nil }

  public func havingMomentum(_ momentum: Double) -> Self? { nil }

  /// For optimizers that are made in programs only.
  /// - Throws: always.
  public init(_ options: OptimizerOptions) throws {
    throw OptimizerError.unknown(name: Self.name, known: AnyOptimizer.names)
  }
}
