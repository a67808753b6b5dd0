import TandemData
import TandemTensor

/// The images of a training's mini-batches, made once more for people to see.
package struct BatchPreview: Sendable {
  private let dataset: any Dataset
  private let sampler: Sampler
  private let batchSize: Int
  private let accumulatedBatches: Int
  /// `[C, H, W]`
  package let imageShape: Shape

  fileprivate init(_ trainer: Trainer) {
    dataset = trainer.trainingImages
    sampler = trainer.sampler
    batchSize = trainer.options.batchSize
    accumulatedBatches = trainer.options.accumulatedBatches
    imageShape = dataset.imageShape
  }

  /// The order of an epoch's images, to be asked for once an epoch.
  /// - Parameter epoch: counted from 0.
  package func order(epoch: Int) -> [Int32] { sampler.order(epoch: epoch) }

  /// The first images of a step.
  /// - Parameters:
  ///   - order: of the epoch.
  ///   - step: of the epoch, counted from 0.
  package func indices(ofStep step: Int, in order: [Int32], most: Int) -> [Int] {
    let first = step * accumulatedBatches * batchSize
    let end = min(order.count, first + min(most, accumulatedBatches * batchSize))
    return first < end ? order[first..<end].map { Int($0) } : []
  }

  package func className(ofImage index: Int) -> String {
    dataset.classNames[Int(dataset.label(index))]
  }

  /// An image as it was trained on, `[C, H, W]`, with its values before normalisation.
  /// - Throws: what the data set throws.
  package func image(_ index: Int, epoch: Int) throws -> [Float] {
    var image = [Float](repeating: 0, count: imageShape.elementCount)
    // Erased parts are 0 after normalisation; as it is none, they are black.
    let normalization = Normalization.unitScale(channels: imageShape[0])
    try dataset.readImage(index, epoch: epoch, normalization: normalization, into: &image)
    return image
  }
}

extension Trainer {
  package var batchPreview: BatchPreview { BatchPreview(self) }

  /// The order in which `run` visits the training images.
  var sampler: Sampler {
    options.sampling == .balanced
      ? Sampler(balancing: trainingImages, seed: options.seed)
      : Sampler(count: trainingImages.count, seed: options.seed, shuffle: options.shuffle)
  }
}
