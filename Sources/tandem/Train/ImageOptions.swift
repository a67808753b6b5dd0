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
      "A new order of the training images in each epoch, or none.", valueName: "how"))
  var shuffle = ShuffleChoice.epoch

  /// Measured by the first rank for all.
  func normalization(of train: any Dataset, in job: Job) throws -> Normalization {
    try job.fromFirstRank("measuring the images") { try normalize.normalization(of: train) }
  }

  func apply(to options: inout TrainingOptions) {
    options.shuffle = shuffle == .epoch
  }
}
