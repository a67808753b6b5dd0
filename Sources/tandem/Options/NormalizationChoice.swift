import ArgumentParser
import Tandem

/// How pixels become what the network sees.
enum NormalizationChoice: String, ExpressibleByArgument, CaseIterable {
  /// Mean 0 and standard deviation 1 per channel, measured on the training images.
  case statistics
  /// 0…1.
  case unit
  /// Mean 0 per channel, measured on the training images.
  case center
  /// Each image by itself to mean 0 and standard deviation 1.
  case sample
  /// Each image by itself to mean 0.
  case sampleCenter = "sample-center"

  /// For help texts.
  static let meaning =
    "to mean 0 and standard deviation 1 of the training images (statistics), to their mean 0 (center), to 0…1 "
    + "(unit), or each image by itself to mean 0 and deviation 1 (sample) or to mean 0 (sample-center)."

  func normalization(of train: any Dataset) throws -> Normalization {
    switch self {
    case .statistics: try .statistics(of: train)
    case .unit: .unitScale(channels: train.imageShape[0])
    case .center:
      Normalization(
        mean: try Normalization.statistics(of: train).mean,
        standardDeviation: Normalization.unitScale(channels: train.imageShape[0])
          .standardDeviation)
    case .sample: .unitScale(channels: train.imageShape[0]).with(perImage: .standardised)
    case .sampleCenter: .unitScale(channels: train.imageShape[0]).with(perImage: .centred)
    }
  }
}
