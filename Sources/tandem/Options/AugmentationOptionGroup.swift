import ArgumentParser
import Tandem

extension AugmentationPreset: ExpressibleByArgument {}
extension AugmentationFill: ExpressibleByArgument {}

/// What is done to training images so that each epoch has others. Options that are given take the
/// place of the preset's.
struct AugmentationOptionGroup: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Augment as usual for such pictures: \(AugmentationPreset.names).", valueName: "preset"))
  var augment: AugmentationPreset?

  @Option(
    help: ArgumentHelp("Turn by up to this many degrees to each side.", valueName: "degrees"),
    transform: numberOrZero)
  var rotationRange: Double?

  @Option(
    help: ArgumentHelp(
      "Move to the left or right: by up to a part below 1 of the width, or by less than so many whole "
        + "pixels.", valueName: "part|pixels"),
    transform: shift)
  var widthShiftRange: AugmentationShift?

  @Option(
    help: ArgumentHelp("The same up and down.", valueName: "part|pixels"),
    transform: shift)
  var heightShiftRange: AugmentationShift?

  @Option(
    help: ArgumentHelp("Shear by up to this many degrees to each side.", valueName: "degrees"),
    transform: numberOrZero)
  var shearRange: Double?

  @Option(
    help: ArgumentHelp(
      "Zoom each axis by a factor from 1-z to 1+z, or from a to b; below 1 enlarges.",
      valueName: "z|a,b"),
    transform: zoom)
  var zoomRange: ClosedRange<Double>?

  @Flag(help: "Exchange left and right in one of two cases.")
  var horizontalFlip = false

  @Flag(help: "Do not exchange left and right where a preset does.")
  var noHorizontalFlip = false

  @Flag(help: "Exchange top and bottom in one of two cases.")
  var verticalFlip = false

  @Flag(help: "Do not exchange top and bottom where a preset does.")
  var noVerticalFlip = false

  @Option(
    help: ArgumentHelp(
      "Move by up to so many whole pixels along each axis, as a random part of a picture with such a "
        + "border.", valueName: "pixels"),
    transform: atLeast(0, atMost: 65_536))
  var cropPadding: Int?

  @Option(
    help: ArgumentHelp(
      "Stretch a random part of a to b of the area, of proportions from 3/4 to 4/3; of folders of pictures "
        + "that is a part of the whole picture. Or off, where a preset does so.",
      valueName: "a,b|off"),
    transform: partsOfArea)
  var randomResizedCrop: AreaChoice?

  @Option(
    help: ArgumentHelp(
      "What is beside a picture that was moved. (default: nearest)",
      valueName: "nearest|constant|reflect|wrap"))
  var fillMode: AugmentationFill?

  @Option(
    help: ArgumentHelp(
      "Level of --fill-mode constant, from 0 to 255. (default: 0)", valueName: "level"),
    transform: level)
  var cval: Double?

  @Option(
    help: ArgumentHelp("Add up to so many of 255 levels to all channels.", valueName: "levels"),
    transform: level)
  var channelShiftRange: Double?

  @Option(
    help: ArgumentHelp("Factors of the brightness; 1 changes nothing.", valueName: "a,b"),
    transform: range("two factors of 0 or more, for example 0.8,1.2") { $0.lowerBound >= 0 })
  var brightnessRange: ClosedRange<Double>?

  @Option(
    help: ArgumentHelp(
      "Change brightness, contrast, saturation and hue by up to these parts, in a random order.",
      valueName: "b,c,s,h"),
    transform: jitter)
  var colorJitter: ColourJitter?

  @Option(
    help: ArgumentHelp(
      "Add noise of this strength along the principal axes of the data's colours; AlexNet's is 0.1.",
      valueName: "strength"),
    transform: numberOrZero)
  var colorNoise: Double?

  @Flag(help: "One random change of random strength for each picture.")
  var trivialAugment = false

  @Option(
    help: ArgumentHelp(
      "Set a random rectangle of an image to 0, the mean, with this probability.",
      valueName: "probability"),
    transform: probability)
  var randomErasing: Double?

  @Option(
    help: ArgumentHelp(
      "Mix each image and its label with another one's, by shares of Beta(alpha, alpha); 0.2 is usual.",
      valueName: "alpha"),
    transform: numberOrZero)
  var mixup: Double?

  @Option(
    help: ArgumentHelp(
      "Put a rectangle of another image over each, sized by Beta(alpha, alpha); 1 is usual.",
      valueName: "alpha"),
    transform: numberOrZero)
  var cutmix: Double?

  func validate() throws {
    for (flip, isBoth) in [
      ("horizontal-flip", horizontalFlip && noHorizontalFlip),
      ("vertical-flip", verticalFlip && noVerticalFlip),
    ] where isBoth {
      throw ValidationError("give --\(flip) or --no-\(flip), not both")
    }
  }

  /// nil if nothing is asked for.
  ///
  /// - Parameter crop: the one that is given for folders of pictures, in place of the preset's.
  /// - Throws: `ValidationError`.
  func augmentation(crop: PictureRecipe.Crop? = nil) throws -> Augmentation? {
    var augmentation = augment?.augmentation ?? Augmentation()
    if crop == .random { augmentation.randomResizedCrop = nil }
    applyGeometry(to: &augmentation)
    applyTones(to: &augmentation)
    if cval != nil, augmentation.fillMode != .constant {
      throw ValidationError("--cval is the level of --fill-mode constant; give that too")
    }
    if fillMode != nil, !augmentation.movesPixels {
      throw ValidationError("--fill-mode is for pictures that are moved; say how they are")
    }
    return augmentation == Augmentation() ? nil : augmentation
  }

  private func applyGeometry(to augmentation: inout Augmentation) {
    augmentation.rotationRange = rotationRange ?? augmentation.rotationRange
    augmentation.widthShiftRange = widthShiftRange ?? augmentation.widthShiftRange
    augmentation.heightShiftRange = heightShiftRange ?? augmentation.heightShiftRange
    augmentation.shearRange = shearRange ?? augmentation.shearRange
    augmentation.zoomRange = zoomRange ?? augmentation.zoomRange
    if horizontalFlip || noHorizontalFlip { augmentation.horizontalFlip = horizontalFlip }
    if verticalFlip || noVerticalFlip { augmentation.verticalFlip = verticalFlip }
    augmentation.cropPadding = cropPadding ?? augmentation.cropPadding
    augmentation.fillMode = fillMode ?? augmentation.fillMode
    augmentation.fillValue = cval ?? augmentation.fillValue
    if let randomResizedCrop {
      augmentation.randomResizedCrop = randomResizedCrop.scale.map { RandomResizedCrop(scale: $0) }
    }
  }

  private func applyTones(to augmentation: inout Augmentation) {
    augmentation.channelShiftRange = channelShiftRange ?? augmentation.channelShiftRange
    augmentation.brightnessRange = brightnessRange ?? augmentation.brightnessRange
    augmentation.colourJitter = colorJitter ?? augmentation.colourJitter
    if trivialAugment { augmentation.trivialAugment = true }
    augmentation.mixup = mixup ?? augmentation.mixup
    augmentation.cutmix = cutmix ?? augmentation.cutmix
    if let colorNoise {
      augmentation.colourNoise = colorNoise > 0 ? ColourNoise(deviation: colorNoise) : nil
    }
    if let randomErasing {
      augmentation.randomErasing =
        randomErasing > 0 ? RandomErasing(probability: randomErasing) : nil
    }
  }
}

extension AugmentationPreset {
  /// `shapes, cats-dogs, …`
  fileprivate static var names: String {
    allCases.map(\.rawValue).joined(separator: ", ")
  }
}
