import ArgumentParser
import Tandem

/// How many views of each image are looked at outside of training.
struct ViewOptions: ParsableArguments {
  /// What is averaged at test time.
  enum Averaging: String, ExpressibleByArgument, CaseIterable {
    case mirror
    case tenCrop = "ten-crop"
  }

  @Option(
    help: ArgumentHelp(
      "Average the probabilities of each image and its mirror (mirror), or of ten parts of each resized "
        + "picture (ten-crop): test-time augmentation.", valueName: "views"))
  var tta: Averaging?

  @Flag(
    help:
      "Look at the corners and the middle of each resized picture and their mirrors, and average the probabilities."
  )
  var tenCrop = false

  var views: PictureViews {
    switch tta {
    case .mirror: .mirror
    case .tenCrop: .tenCrop
    case nil: tenCrop ? .tenCrop : .middle
    }
  }

  func validate() throws {
    if tenCrop, tta == .mirror {
      throw ValidationError("give one of --tta mirror and --ten-crop")
    }
  }
}
