/// The linear scaling rule: "when the minibatch size is multiplied by k, multiply the learning rate
/// by k", with a gradual warm-up.
///
/// Goyal et al. 2017, "Accurate, large minibatch SGD: training ImageNet in 1 hour",
/// https://arxiv.org/abs/1706.02677, section 2.1 and, for the warm-up, section 2.2: the rate begins
/// at its unscaled value and rises in every step by the same amount, so that it reaches the scaled
/// one after 5 epochs. There a rate of 0.1 belongs to 256 images, so 8192 images get 3.2.
package struct LinearScaling: Hashable, Sendable {
  /// The mini-batch of the paper.
  package static let defaultReferenceBatchSize = 256
  package static let warmUpEpochs = 5

  /// The number of images that the unscaled rate was chosen for.
  package let referenceBatchSize: Int
  /// The images that one update of the parameters is made from.
  package let effectiveBatchSize: Int

  /// - Parameters:
  ///   - batchSize: images per mini-batch, of all ranks together.
  ///   - accumulatedBatches: mini-batches per update.
  package init(
    batchSize: Int, accumulatedBatches: Int = 1,
    referenceBatchSize: Int = defaultReferenceBatchSize
  ) {
    precondition(batchSize > 0 && accumulatedBatches > 0 && referenceBatchSize > 0)
    self.referenceBatchSize = referenceBatchSize
    effectiveBatchSize = batchSize * accumulatedBatches
  }

  /// The paper's k, which may also be less than 1.
  package var factor: Double { Double(effectiveBatchSize) / Double(referenceBatchSize) }

  /// - Parameter rate: the learning rate for `referenceBatchSize` images.
  package func learningRate(_ rate: Float) -> Float { Float(Double(rate) * factor) }

  /// The steps of the warm-up: none where the rule does not make the rate larger. A training that
  /// is shorter never reaches the scaled rate.
  package func warmUpSteps(stepsPerEpoch: Int) -> Int {
    factor > 1 ? Self.warmUpEpochs * stepsPerEpoch : 0
  }

  /// The fraction of the scaled rate with which the warm-up starts: the unscaled rate.
  package var warmUpStart: Double { min(1, 1 / factor) }
}
