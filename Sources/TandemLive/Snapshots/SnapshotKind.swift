/// A picture of a training that a page shows.
package enum SnapshotKind: String, CaseIterable, Hashable, Sendable {
  /// The present mini-batch.
  case batch
  /// The kernels of the first convolution.
  case filters
  /// What the network makes of some images that it is not trained on.
  case predictions
  /// What the channels of a layer put out for one of these.
  case activations
}
