import TandemCollectives
import TandemData

extension TrainingOptions {
  /// The same with the axes of the colour noise, measured by the first rank for all.
  ///
  /// - Parameter images: of the training.
  /// - Throws: what the data set throws.
  func measuringColours(of images: any Dataset, in job: Job) throws -> TrainingOptions {
    guard let noise = augmentation?.colourNoise, noise.axes == nil else { return self }
    var options = self
    options.augmentation?.colourNoise = try job.fromFirstRank("measuring the colours") {
      try noise.measured(on: images)
    }
    return options
  }
}

extension Trainer {
  /// The training images as each epoch sees them.
  var trainingImages: any Dataset {
    guard let augmentation = options.augmentation else { return data.train }
    return AugmentedDataset(data.train, augmentation, seed: options.seed)
  }
}

extension Augmentation {
  /// All that decides its pictures, for ranks to compare.
  var facts: String {
    guard let axes = colourNoise?.axes else { return description }
    return "\(self), colours \(axes)"
  }
}
