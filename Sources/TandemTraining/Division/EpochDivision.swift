/// How an epoch is cut into mini-batches and steps (updates).
package struct EpochDivision: Hashable, Sendable {
  /// Training images.
  package let images: Int
  package let batchSize: Int
  /// Mini-batches per step; the last step of an epoch may have fewer.
  package let accumulatedBatches: Int

  package init(images: Int, batchSize: Int, accumulatedBatches: Int) {
    self.images = images
    self.batchSize = batchSize
    self.accumulatedBatches = accumulatedBatches
  }

  package var batches: Int { (images + batchSize - 1) / batchSize }
  package var steps: Int { (batches + accumulatedBatches - 1) / accumulatedBatches }

  package func batches(ofStep step: Int) -> Range<Int> {
    let first = min(batches, step * accumulatedBatches)
    return first..<min(batches, first + accumulatedBatches)
  }

  package func images(inBatch batch: Int) -> Int { min(batchSize, images - batch * batchSize) }

  /// Images of all mini-batches of a step: what its gradient is the mean over.
  package func images(ofStep step: Int) -> Int {
    let range = batches(ofStep: step)
    return min(images, range.upperBound * batchSize) - range.lowerBound * batchSize
  }

  /// The most images that a step has.
  package var imagesPerStep: Int { images(ofStep: 0) }

  /// The numbers of images that mini-batches of this epoch have.
  package var batchImageCounts: Set<Int> {
    Set([images(inBatch: 0), images(inBatch: batches - 1)])
  }
}

extension TrainingOptions {
  /// How an epoch of training with these options is cut.
  /// - Parameter images: of the training part.
  package func epochDivision(images: Int) -> EpochDivision {
    EpochDivision(images: images, batchSize: batchSize, accumulatedBatches: accumulatedBatches)
  }
}
