import TandemCollectives
import TandemNetwork
import TandemTensor

/// How parameters follow the gradient of a step.
struct UpdateRule: Hashable, Sendable {
  /// What the gradient is multiplied with first; nil to leave it.
  let factor: Float?
  let commonRate: Float
  /// The learning rate of each block; nil if all have the common one.
  let rates: [Float]?

  func rate(ofBlock block: Int) -> Float { rates?[block] ?? commonRate }
}
