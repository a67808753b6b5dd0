import TandemData

/// A step (update) at its place in the training: all that exchanging its gradients takes.
package struct StepContext: Sendable {
  /// 0-based.
  let epoch: Int
  /// 1-based over the whole training.
  let step: Int
  /// Exchanges before this one since the workers started.
  let exchange: Int
  /// Logical shards that have images of the step's first mini-batch; of later ones not more do.
  package let activeShards: Int
  /// What a gradient of the sum of losses is multiplied with: 1 / images of the whole step.
  let gradientScale: Float
  let learningRate: Float

  package init(
    epoch: Int, step: Int, exchange: Int, activeShards: Int, gradientScale: Float,
    learningRate: Float
  ) {
    self.epoch = epoch
    self.step = step
    self.exchange = exchange
    self.activeShards = activeShards
    self.gradientScale = gradientScale
    self.learningRate = learningRate
  }
}

/// A mini-batch at its place in a step: all that a worker must know to compute its part.
struct BatchContext {
  let step: StepContext
  let batch: Batch
  /// Whether the mini-batch is the first and the last one of its step.
  let isFirstOfStep: Bool
  let isLastOfStep: Bool
  /// Logical shards that have images of this mini-batch.
  let activeShards: Int
}
