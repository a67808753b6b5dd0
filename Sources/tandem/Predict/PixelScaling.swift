import ArgumentParser
import Tandem
import TandemTraining

/// How pixels become what a network sees, for weights that do not say it.
struct PixelScaling: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Scale pixels so, for weights that do not say how: to 0…1 (unit), by ImageNet's statistics (imagenet), each "
        + "image by itself to mean 0 and deviation 1 (sample) or to mean 0 (sample-center).",
      valueName: "how"))
  var normalize: NormalizationChoice?

  /// - Throws: `ValidationError` for what is measured on training images.
  func normalization(_ file: ModelFile, channels: Int) throws -> Normalization {
    NormalizationChoice.warnOfNone(file, normalize)
    return try normalize?.withoutImages(channels: channels) ?? file.normalization
      ?? .unitScale(channels: channels)
  }
}
