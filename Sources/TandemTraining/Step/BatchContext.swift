import TandemData

/// A mini-batch at its place in a step: all that a worker must know to compute its part.
struct BatchContext {
  let step: StepContext
  let batch: Batch
  /// The images of the step's mini-batches before this one.
  let imagesBefore: Int
  /// Whether the mini-batch is the first and the last one of its step.
  let isFirstOfStep: Bool
  let isLastOfStep: Bool
  /// Logical shards that have images of this mini-batch.
  let activeShards: Int
}
