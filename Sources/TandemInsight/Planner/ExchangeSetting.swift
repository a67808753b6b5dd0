import TandemNetwork
import TandemTraining

/// How the gradients of a step are exchanged, as far as training options decide it.
package struct ExchangeSetting: Hashable, Sendable {
  /// Bytes of parameters, in float32, from which on gradients are exchanged in one go.
  package var firstBucketBytes: Int
  package var bucketBytes: Int
  /// Bytes of a gradient or a parameter on its way; activations travel in float32.
  package var elementBytes: Int
  /// Mini-batches whose gradients are exchanged together.
  package var accumulatedBatches: Int
  /// Whether all gradients must have arrived before the first one is used.
  package var needsWholeGradients: Bool
  /// Whether gradients travel while backward goes on.
  package var overlaps: Bool

  /// Those of training with `options`.
  ///
  /// - Parameter images: of the data set; nil where there are enough for each step.
  package init(_ options: TrainingOptions = TrainingOptions(), images: Int? = nil) {
    firstBucketBytes = options.firstBucketBytes
    bucketBytes = options.bucketBytes
    elementBytes = options.wire.elementBytes
    accumulatedBatches =
      images.map { options.epochDivision(images: $0).batches(ofStep: 0).count }
      ?? options.accumulatedBatches
    needsWholeGradients = GradientNorms.areNeeded(
      optimizer: options.optimizer, clipNorm: options.clipNorm)
    overlaps = options.overlapsExchange
  }
}
