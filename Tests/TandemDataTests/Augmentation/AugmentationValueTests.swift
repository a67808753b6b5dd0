import Foundation
import TandemData
import TandemTensor
import TestSupport
import Testing

/// Augmentation as a value: kept as JSON, described in words, refused where it makes no sense.
@Suite struct AugmentationValueTests {
  private var everything: Augmentation {
    var augmentation = AugmentationPreset.shapes.augmentation
    augmentation.heightShiftRange = .pixels(3)
    augmentation.cropPadding = 2
    augmentation.randomResizedCrop = RandomResizedCrop()
    augmentation.fillMode = .constant
    augmentation.fillValue = 12
    augmentation.channelShiftRange = 10
    augmentation.brightnessRange = 0.8...1.2
    augmentation.colourJitter = ColourJitter(brightness: 0.4, hue: 0.1)
    augmentation.colourNoise = ColourNoise()
    augmentation.colourNoise?.axes = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    augmentation.trivialAugment = true
    augmentation.randomErasing = RandomErasing()
    augmentation.mixup = 0.2
    augmentation.cutmix = 1
    return augmentation
  }

  @Test func valuesSurviveJSON() throws {
    for augmentation in [everything, Augmentation()] {
      let data = try JSONEncoder().encode(augmentation)
      #expect(try JSONDecoder().decode(Augmentation.self, from: data) == augmentation)
    }
    // What a later version adds is missing in files of this one.
    let empty = try JSONDecoder().decode(Augmentation.self, from: Data("{}".utf8))
    #expect(empty == Augmentation())
  }

  /// No two values that do something else are described in the same words.
  @Test func descriptions() {
    #expect("\(Augmentation())" == "none")
    #expect(
      "\(AugmentationPreset.cifar.augmentation)"
        == "crops with 4 pixels around, mirrored (beside pictures: the level 0.0)")
    let texts = AugmentationPreset.allCases.map { "\($0.augmentation)" }
    #expect(Set(texts).count == AugmentationPreset.allCases.count)
    let words = "\(everything)".split(separator: ",").count
    #expect(words >= 14, "\(everything)")
  }

  @Test(arguments: [
    ("rotation range", "degrees"), ("shear range", "degrees"), ("zoom range", "factors above 0"),
    ("width shift range", "a part from 0 to 1"), ("height shift range", "pixels of 0 or more"),
    ("crop padding", "pixels of 0 or more"), ("fill value", "a level from 0 to 255"),
    ("channel shift range", "levels from 0 to 255"), ("brightness range", "factors of 0 or more"),
    ("colour jitter", "a hue up to 0.5"), ("colour noise", "a deviation of 0 or more"),
    ("random erasing", "a probability from 0 to 1"),
    ("mixup", "an alpha from 0"), ("cutmix", "an alpha from 0"),
    ("random resized crop", "parts of the area above 0"),
  ])
  func nonsenseIsRefused(setting: String, wanted: String) {
    var augmentation = Augmentation()
    switch setting {
    case "rotation range": augmentation.rotationRange = .nan
    case "shear range": augmentation.shearRange = 90
    case "zoom range": augmentation.zoomRange = 0...1
    case "width shift range": augmentation.widthShiftRange = .fraction(-0.1)
    case "height shift range": augmentation.heightShiftRange = .pixels(-1)
    case "crop padding": augmentation.cropPadding = -1
    case "fill value": augmentation.fillValue = 300
    case "channel shift range": augmentation.channelShiftRange = 256
    case "brightness range": augmentation.brightnessRange = -1...1
    case "colour jitter": augmentation.colourJitter = ColourJitter(hue: 0.6)
    case "colour noise": augmentation.colourNoise = ColourNoise(deviation: -1)
    case "mixup": augmentation.mixup = -1
    case "cutmix": augmentation.cutmix = .infinity
    case "random erasing": augmentation.randomErasing = RandomErasing(probability: 2)
    default: augmentation.randomResizedCrop = RandomResizedCrop(scale: 0.5...1.5)
    }
    let text = message { try augmentation.check(for: [3, 8, 8]) }
    #expect(text?.contains(setting) == true && text?.contains(wanted) == true, "\(text ?? "")")
  }

  @Test func imagesThatCannotBeAugmented() throws {
    try everything.check(for: [3, 8, 8])
    try AugmentationPreset.shapes.augmentation.check(for: [1, 24, 24])
    #expect(
      message { try everything.check(for: [1, 24, 24]) }
        == "colour noise is for images of 3 channels, and the data set has [1, 24, 24]; leave out `colourNoise`"
    )
    #expect(
      message { try everything.check(for: [784]) }?.contains("channels, rows and columns") == true)
  }
}
