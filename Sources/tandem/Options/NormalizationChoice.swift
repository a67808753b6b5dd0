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
  /// By mean and standard deviation of ImageNet's pictures.
  case imagenet
  /// Mean 0 per channel, then uncorrelated, both measured on the training images.
  case zca

  /// For help texts.
  static let meaning =
    "to mean 0 and standard deviation 1 of the training images (statistics), to their mean 0 (center), to 0…1 "
    + "(unit), each image by itself to mean 0 and deviation 1 (sample) or to mean 0 (sample-center), by ImageNet's "
    + "statistics, as torchvision's weights want it (imagenet), or whitened by the training images (zca)."

  /// - Parameter epsilon: of `zca`; nil for Keras' own.
  func normalization(of train: any Dataset, epsilon: Double? = nil) throws -> Normalization {
    switch self {
    case .statistics: try .statistics(of: train)
    case .center: try centred(train)
    case .zca:
      try centred(train).with(
        ZCAWhitening(of: train, centred(train), epsilon: epsilon ?? 1e-6))
    case .unit, .sample, .sampleCenter, .imagenet:
      try withoutImages(channels: train.imageShape[0])
    }
  }

  /// The same where there are no training images.
  /// - Throws: `ValidationError` for what is measured on them, or is for other channels.
  func withoutImages(channels: Int) throws -> Normalization {
    let unit = Normalization.unitScale(channels: channels)
    switch self {
    case .unit: return unit
    case .sample: return unit.with(perImage: .standardised)
    case .sampleCenter: return unit.with(perImage: .centred)
    case .imagenet:
      guard channels == Normalization.imageNet.mean.count else {
        throw ValidationError(
          "--normalize imagenet is for images of 3 channels, and these have \(channels); choose another one"
        )
      }
      return .imageNet
    case .statistics, .center, .zca:
      throw ValidationError(
        "--normalize \(rawValue) is measured on the training images, which are not here; take weights that "
          + "say how, or choose unit, imagenet, sample or sample-center")
    }
  }

  /// What is said where weights do not say how, and nobody else does.
  static func warnOfNone(_ file: ModelFile, _ given: NormalizationChoice?) {
    guard file.normalization == nil, given == nil else { return }
    StandardErrorLog.warn([
      "\(file.path): these weights do not say how pixels are scaled; 0…1 is taken. Those of torchvision want "
        + "--normalize imagenet; --normalize unit keeps 0…1 without this line"
    ])
  }

  private func centred(_ train: any Dataset) throws -> Normalization {
    Normalization(
      mean: try Normalization.statistics(of: train).mean,
      standardDeviation: Normalization.unitScale(channels: train.imageShape[0])
        .standardDeviation)
  }
}
