import TandemData
import TandemImage
import TandemInsight
import TandemTensor
import TandemTraining

/// Pictures of a training: what it sees, and what its first layer has learned.
enum BoardPictures {
  private static let mostImages = 64
  private static let mostPixels = 4_000_000

  /// The first images of the first mini-batch as training sees them, augmented where it does so;
  /// nil for images that are no pictures.
  /// - Throws: what the data set throws.
  static func firstBatch(_ train: any Dataset, _ options: TrainingOptions) throws -> Picture? {
    let shape = train.imageShape
    guard shape.rank == 3, [1, 3].contains(shape[0]), train.count > 0 else { return nil }
    let order = Sampler(count: train.count, seed: options.seed, shuffle: options.shuffle)
      .order(epoch: 0)
    let dataset: any Dataset =
      options.augmentation.map { AugmentedDataset(train, $0, seed: options.seed) } ?? train
    // Erased parts are 0 after normalisation; as it is none, they are black.
    let normalization = Normalization.unitScale(channels: shape[0])
    let most = min(options.batchSize, mostImages, max(1, mostPixels / (shape[1] * shape[2])))
    let pictures = try order.prefix(most).map { index in
      var image = [Float](repeating: 0, count: shape.elementCount)
      try dataset.readImage(Int(index), epoch: 0, normalization: normalization, into: &image)
      return (picture: Picture(image: image, shape: shape), label: "")
    }
    return ContactSheet(pictures).drawn()
  }

  /// The first kernels of a convolution, eight in a row.
  /// - Parameter weights: `[O, I, KH, KW]`
  static func kernels(_ weights: Tensor) -> Picture {
    let set = KernelSet(weights: weights)
    let shown = set.pictures(min(set.count, mostImages)).map { (picture: $0, label: "") }
    return ContactSheet(shown, columns: 8).drawn()
  }
}
