import TandemData

/// A mini-batch at its place in the training: all that a worker must know to compute its part.
struct BatchContext {
  let batch: Batch
  /// 0-based.
  let epoch: Int
  /// The update that this mini-batch belongs to, 1-based over the whole training.
  let step: Int
  /// Mini-batches exchanged before this one since the workers started.
  let exchange: Int
  /// Whether the mini-batch is the first and the last one of its update.
  let isFirstOfStep: Bool
  let isLastOfStep: Bool
  /// Logical shards that have images of this mini-batch.
  let activeShards: Int
  /// What a gradient of the sum of losses is multiplied with: 1 / images of the whole update.
  let gradientScale: Float
  let learningRate: Float
}
