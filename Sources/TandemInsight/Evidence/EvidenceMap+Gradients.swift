import TandemTensor

extension EvidenceMap {
  /// The class activation map by gradients: ReLU(Σ α_c A_c), where α_c is the mean over all places
  /// of the gradient of the logit with respect to channel c (Selvaraju and others 2017, "Grad-CAM",
  /// https://arxiv.org/abs/1610.02391). Where the network averages the channels and has one dense
  /// layer after that, it is the class activation map of Zhou and others (2016) divided by the
  /// number of places.
  ///
  /// - Parameters:
  ///   - activations: `[C, H, W]`
  ///   - gradients: of the logit, of the same shape.
  package init(gradCAMOf activations: Tensor, gradients: Tensor) {
    precondition(activations.shape == gradients.shape && activations.shape.rank == 3)
    let (channels, height, width) = (
      activations.shape[0], activations.shape[1], activations.shape[2]
    )
    let places = height * width
    var sum = [Double](repeating: 0, count: places)
    for channel in 0..<channels {
      let start = channel * places
      let total = gradients.elements[start..<start + places].reduce(0.0) { $0 + Double($1) }
      let weight = total / Double(places)
      if weight == 0 { continue }
      for place in 0..<places { sum[place] += weight * Double(activations.elements[start + place]) }
    }
    self.init(height: height, width: width, values: sum.map { $0 > 0 ? Float($0) : 0 })
  }

  /// How much each pixel matters: the largest absolute gradient of its channels (Simonyan and
  /// others 2013, https://arxiv.org/abs/1312.6034).
  /// - Parameter gradients: of the logit with respect to the image, `[C, H, W]`.
  package init(saliencyOf gradients: Tensor) {
    precondition(gradients.shape.rank == 3, "\(gradients.shape)")
    let places = gradients.shape[1] * gradients.shape[2]
    var values = [Float](repeating: 0, count: places)
    for (index, value) in gradients.elements.enumerated() {
      values[index % places] = max(values[index % places], abs(value))
    }
    self.init(height: gradients.shape[1], width: gradients.shape[2], values: values)
  }
}
