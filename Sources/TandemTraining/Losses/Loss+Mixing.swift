import TandemData

extension Loss {
  /// Sums loss and hits over images that may be mixed with others, and writes the gradient: the
  /// mean of the losses of both labels, by their shares. For the cross-entropy that is the loss of
  /// a soft label. A hit is one for the label with the larger share.
  ///
  /// - Parameters: as of `evaluate` for labels alone.
  package func evaluate(
    logits: UnsafePointer<Float>, labels: BatchLabels, images: Int, outputs: Int,
    gradient: UnsafeMutablePointer<Float>, scale: Float
  ) -> LossSum {
    guard let second = labels.second else {
      return evaluate(
        logits: logits, labels: labels.own, images: images, outputs: outputs, gradient: gradient,
        scale: scale)
    }
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: outputs) { scratch in
      guard let scratch = scratch.baseAddress else { return LossSum() }
      var sum = LossSum()
      for image in 0..<images {
        let logits = logits + image * outputs
        let gradient = gradient + image * outputs
        let share = second.shares[image]
        var own = evaluate(
          logits: logits, labels: labels.own + image, images: 1, outputs: outputs,
          gradient: gradient, scale: scale * (1 - share))
        if share > 0 {
          let other = evaluate(
            logits: logits, labels: second.labels + image, images: 1, outputs: outputs,
            gradient: scratch, scale: scale * share)
          for output in 0..<outputs { gradient[output] += scratch[output] }
          own.loss = Double(1 - share) * own.loss + Double(share) * other.loss
          if share > 0.5 { (own.top1, own.top5) = (other.top1, other.top5) }
        }
        sum += own
      }
      return sum
    }
  }
}
