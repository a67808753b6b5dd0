import CKernels

/// Cross-entropy of the softmax of logits, as `torch.nn.CrossEntropyLoss` with class indices.
///
/// With the probabilities p = softmax(x), K classes and the label y of an image, the loss is
///
///     -(1 - ε)·log p_y - ε/K · Σₖ log pₖ
///
/// where ε is the label smoothing of Szegedy et al. 2016, https://arxiv.org/abs/1512.00567. It is
/// computed as log Σ exp(x - max x), so that no logit overflows.
/// https://docs.pytorch.org/docs/2.13/generated/torch.nn.CrossEntropyLoss.html
public struct SoftmaxCrossEntropy: Hashable, Sendable {
  /// ε, 0…1; 0 leaves the labels hard.
  package let labelSmoothing: Float

  /// - Throws: `LossError.labelSmoothing` for a number outside 0…1.
  package init(labelSmoothing: Float = 0) throws(LossError) {
    guard (0...1).contains(labelSmoothing) else {
      throw LossError.labelSmoothing(labelSmoothing)
    }
    self.labelSmoothing = labelSmoothing
  }

  /// Sums loss and hits over images and writes the gradient.
  ///
  /// Among equal logits the lower class ranks first. An image whose softmax is not a number (a
  /// logit is NaN, or the largest is infinite) has the loss NaN and counts as wrong. With five
  /// classes or fewer, every other image is a top-5 hit.
  ///
  /// - Parameters:
  ///   - logits: `[images, classes]`.
  ///   - labels: `[images]`, each in `0..<classes`; checked in debug builds only, since readers of
  ///     data sets check them.
  ///   - gradient: `[images, classes]`, overwritten with (softmax - target)·`scale`.
  ///   - scale: 1 / images of the whole mini-batch makes gradients those of the mean loss.
  package func evaluate(
    logits: UnsafePointer<Float>, labels: UnsafePointer<Int32>, images: Int, classes: Int,
    gradient: UnsafeMutablePointer<Float>? = nil, scale: Float = 1
  ) -> LossSum {
    assert((0..<images).allSatisfy { (0..<Int32(classes)).contains(labels[$0]) })
    let sum = tandem_softmax_cross_entropy(
      logits, labels, images, classes, labelSmoothing, gradient, scale)
    return LossSum(loss: sum.loss, top1: Int(sum.top1), top5: Int(sum.top5), images: images)
  }

  /// The class with the largest of `logits`, `[classes]`, by the same rule as the top-1 count: the
  /// lowest among equals, nil if the softmax is not a number.
  package static func predictedClass(logits: UnsafeBufferPointer<Float>) -> Int? {
    var best = 0
    for (index, logit) in logits.enumerated() {
      if logit.isNaN { return nil }
      if logit > logits[best] { best = index }
    }
    return !logits.isEmpty && logits[best].isFinite ? best : nil
  }
}
