import TandemData

extension Loss {
  /// Sums loss and hits over images that may be mixed with others, or count by their classes, and
  /// writes the gradient: the mean of the losses of both labels, by their shares. For the
  /// cross-entropy that is the loss of a soft label. A hit is one for the label with the larger
  /// share.
  ///
  /// - Parameters: as of `evaluate` for labels alone.
  ///   - weights: what losses and gradients are multiplied with, by the labels; nil for 1.
  package func evaluate(
    logits: UnsafePointer<Float>, labels: BatchLabels, images: Int, outputs: Int,
    gradient: UnsafeMutablePointer<Float>, scale: Float, weights: [Float]? = nil
  ) -> LossSum {
    if labels.second == nil, weights == nil {
      return evaluate(
        logits: logits, labels: labels.own, images: images, outputs: outputs, gradient: gradient,
        scale: scale)
    }
    func weight(_ label: Int32) -> Float { weights?[Int(label)] ?? 1 }
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: outputs) { scratch in
      guard let scratch = scratch.baseAddress else { return LossSum() }
      var sum = LossSum()
      for image in 0..<images {
        let logits = logits + image * outputs
        let gradient = gradient + image * outputs
        let share = labels.second?.shares[image] ?? 0
        let ownShare = (1 - share) * weight(labels.own[image])
        var own = evaluate(
          logits: logits, labels: labels.own + image, images: 1, outputs: outputs,
          gradient: gradient, scale: scale * ownShare)
        own.loss *= Double(ownShare)
        if share > 0, let second = labels.second {
          let otherShare = share * weight(second.labels[image])
          let other = evaluate(
            logits: logits, labels: second.labels + image, images: 1, outputs: outputs,
            gradient: scratch, scale: scale * otherShare)
          for output in 0..<outputs { gradient[output] += scratch[output] }
          own.loss += Double(otherShare) * other.loss
          if share > 0.5 { (own.top1, own.top5) = (other.top1, other.top5) }
        }
        sum += own
      }
      return sum
    }
  }
}
