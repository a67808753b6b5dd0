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
  /// Images of all mini-batches of the step.
  package let images: Int
  let learningRate: Float

  package init(
    epoch: Int, step: Int, exchange: Int, activeShards: Int, images: Int, learningRate: Float
  ) {
    self.epoch = epoch
    self.step = step
    self.exchange = exchange
    self.activeShards = activeShards
    self.images = images
    self.learningRate = learningRate
  }

  /// What a gradient of the sum of losses is multiplied with, for that of their mean.
  var gradientScale: Float { 1 / Float(images) }
}
