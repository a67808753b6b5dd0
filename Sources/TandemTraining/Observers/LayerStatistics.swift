/// How a layer's weights do at the end of an epoch, as cuda-convnet printed it: too small a change
/// beside the weights learns nothing, too large a one forgets, and units that are never above 0
/// take part in nothing.
package struct LayerStatistics: Hashable, Codable, Sendable {
  /// The layer's path.
  package let layer: String
  /// The mean of the absolute weights, biases left out.
  package let meanWeight: Double
  /// The mean of the absolute changes that the epoch's last step has made to them.
  package let meanChange: Double
  /// The length of the gradient of the mean loss of some training images with respect to the
  /// weights; nil for frozen ones.
  package let gradientNorm: Double?
  /// The part of the units of the ReLU behind the layer that are 0 for all of those images: of maps
  /// the channels that are 0 everywhere. nil where no ReLU follows.
  package let deadShare: Double?

  package init(
    layer: String, meanWeight: Double, meanChange: Double, gradientNorm: Double?,
    deadShare: Double?
  ) {
    self.layer = layer
    self.meanWeight = meanWeight
    self.meanChange = meanChange
    self.gradientNorm = gradientNorm
    self.deadShare = deadShare
  }

  /// How large the changes are beside the weights; 0 for weights that are all 0.
  package var ratio: Double { meanWeight > 0 ? meanChange / meanWeight : 0 }
}
