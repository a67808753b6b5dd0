/// What a plan is for, beyond its network, images and precision.
package struct PlanUse: Sendable {
  /// Whether backward also computes the gradient of the images themselves.
  package var gradientOfImages: Bool
  /// Dense layers of whose weight gradients backward writes the factors only.
  package var factored: [FactoredWeight]
  /// Whether backward can add to the gradients that are there; costs a copy of each gradient where
  /// it does not.
  package var addsGradients: Bool
  /// Bytes of activations that forward may keep for backward before some of them are computed
  /// again, which gives the same bits; nil for `Plan.mostActivationBytes`.
  package var mostActivationBytes: Int?
  /// Bytes for other replicas of the same worker that run between forward and backward.
  package var roomBytes: Int
  /// Whether convolutions, dense layers, batch normalizations and derivatives of activations are
  /// computed by kernels of Tandem's own where there are such; false for oneDNN's everywhere, to
  /// compare.
  package var usesOwnKernels: Bool
  /// Nodes of the graph whose outputs, and the gradients of these, are kept for the caller to read;
  /// see `Replica.observedOutput`. They are computed one by one: what layers do along with each
  /// other ends at such a node.
  package var observed: Set<Int>

  package init(
    gradientOfImages: Bool = false, factored: [FactoredWeight] = [], addsGradients: Bool = false,
    mostActivationBytes: Int? = nil, roomBytes: Int = 0, usesOwnKernels: Bool = true,
    observed: Set<Int> = []
  ) {
    self.observed = observed
    self.gradientOfImages = gradientOfImages
    self.factored = factored
    self.addsGradients = addsGradients
    self.mostActivationBytes = mostActivationBytes
    self.roomBytes = roomBytes
    self.usesOwnKernels = usesOwnKernels
  }
}
