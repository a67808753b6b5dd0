import ArgumentParser
import Tandem

/// How training images are scaled and ordered.
struct ImageOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Scale pixels \(NormalizationChoice.meaning)", valueName: "how"))
  var normalize = NormalizationChoice.statistics

  @Option(
    help: ArgumentHelp(
      "Added to singular values, for --normalize zca. (default: 1e-06)", valueName: "e"),
    transform: positiveNumber)
  var zcaEpsilon: Double?

  @Option(
    help: ArgumentHelp(
      "A new order of the training images in each epoch, or none.", valueName: "how"))
  var shuffle = ShuffleChoice.epoch

  /// Measured by the first rank for all.
  func normalization(of train: any Dataset, in job: Job) throws -> Normalization {
    try job.normalization("measuring the images") {
      try normalize.normalization(of: train, epsilon: zcaEpsilon)
    }
  }

  func validate() throws {
    if zcaEpsilon != nil, normalize != .zca {
      throw ValidationError("--zca-epsilon is for --normalize zca; give that too")
    }
  }

  func apply(to options: inout TrainingOptions) {
    options.shuffle = shuffle == .epoch
  }
}
