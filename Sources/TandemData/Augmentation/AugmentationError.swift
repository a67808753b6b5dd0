import TandemTensor

/// Why pictures cannot be augmented as asked for.
public enum AugmentationError: Error, Hashable, CustomStringConvertible {
  /// - Parameters:
  ///   - setting: the property's name.
  ///   - wanted: what makes sense.
  case range(setting: String, value: String, wanted: String)
  case noImages(shape: Shape)
  case channels(shape: Shape)
  /// Random parts of whole pictures, of which a cache keeps resized ones only.
  case keptResized
  /// Two ways to choose a part.
  case twoCrops

  public var description: String {
    switch self {
    case .range(let setting, let value, let wanted):
      "augmentation cannot have the \(setting) \(value); use \(wanted)"
    case .noImages(let shape):
      "augmentation is for images of channels, rows and columns, and the data set has \(shape); "
        + "leave it out"
    case .channels(let shape):
      "colour noise is for images of 3 channels, and the data set has \(shape); leave out `colourNoise`"
    case .keptResized:
      "`randomResizedCrop` takes parts of whole pictures, of which `cache` keeps resized ones only; leave "
        + "out one of them"
    case .twoCrops:
      "`randomResizedCrop` and `crop` random both choose a part of a picture; leave out one of them"
    }
  }
}

extension Augmentation {
  /// - Parameter dataset: of the images.
  /// - Throws: `AugmentationError` for the first thing that makes no sense.
  package func check(for dataset: any Dataset) throws(AugmentationError) {
    try check(for: dataset.imageShape)
    guard randomResizedCrop != nil, let pictures = dataset.pictures else { return }
    if pictures.keepsResized { throw .keptResized }
    if pictures.recipe.crop == .random { throw .twoCrops }
  }

  /// - Parameter shape: of the images.
  /// - Throws: `AugmentationError` for the first thing that makes no sense.
  package func check(for shape: Shape) throws(AugmentationError) {
    guard shape.rank == 3 else { throw .noImages(shape: shape) }
    if colourNoise != nil, shape[0] != 3 { throw .channels(shape: shape) }
    try checkGeometry()
    try checkTones()
  }

  private func require(
    _ isSound: Bool, _ setting: String, _ value: Any, _ wanted: String
  ) throws(AugmentationError) {
    if !isSound { throw .range(setting: setting, value: "\(value)", wanted: wanted) }
  }

  private func checkGeometry() throws(AugmentationError) {
    try require(
      (0...180).contains(rotationRange), "rotation range", rotationRange, "degrees from 0 to 180")
    try require((0..<90).contains(shearRange), "shear range", shearRange, "degrees from 0 to 89")
    for (name, shift) in [
      ("width shift range", widthShiftRange), ("height shift range", heightShiftRange),
    ] {
      switch shift {
      case .fraction(let range):
        try require((0...1).contains(range), name, range, "a part from 0 to 1")
      case .pixels(let range):
        try require((0...Self.mostPixels).contains(range), name, range, "pixels of 0 or more")
      }
    }
    let (least, most) = (zoomRange.lowerBound, zoomRange.upperBound)
    try require(
      least > 0 && most.isFinite, "zoom range", "\(least) to \(most)", "factors above 0")
    try require(
      (0...Self.mostPixels).contains(cropPadding), "crop padding", cropPadding,
      "pixels of 0 or more")
    try require((0...255).contains(fillValue), "fill value", fillValue, "a level from 0 to 255")
    if let crop = randomResizedCrop {
      try require(
        crop.scale.lowerBound > 0 && crop.scale.upperBound <= 1, "random resized crop",
        "\(crop.scale)", "parts of the area above 0 and up to 1")
      try checkProportions(crop.proportions, "random resized crop's proportions")
    }
  }

  private func checkProportions(
    _ range: ClosedRange<Double>, _ setting: String
  ) throws(AugmentationError) {
    try require(
      range.lowerBound > 0 && range.upperBound.isFinite, setting, "\(range)", "numbers above 0")
  }

  private func checkTones() throws(AugmentationError) {
    try require(
      (0...255).contains(channelShiftRange), "channel shift range", channelShiftRange,
      "levels from 0 to 255")
    if let range = brightnessRange {
      try require(
        range.lowerBound >= 0 && range.upperBound.isFinite, "brightness range", "\(range)",
        "factors of 0 or more")
    }
    if let jitter = colourJitter {
      let parts = [jitter.brightness, jitter.contrast, jitter.saturation]
      try require(
        parts.allSatisfy { $0 >= 0 && $0.isFinite } && (0...0.5).contains(jitter.hue),
        "colour jitter", "\(parts), hue \(jitter.hue)", "parts of 0 or more, and a hue up to 0.5")
    }
    if let noise = colourNoise {
      try require(
        noise.deviation >= 0 && noise.deviation.isFinite, "colour noise", noise.deviation,
        "a deviation of 0 or more")
      try require(
        noise.axes.map { $0.count == 3 && $0.allSatisfy { $0.count == 3 } } ?? true,
        "colour noise's axes", "\(noise.axes ?? [])", "three of three numbers")
    }
    try require(
      (0...Self.mostAlpha).contains(mixup), "mixup", mixup, "an alpha from 0 to \(Self.mostAlpha)")
    try require(
      (0...Self.mostAlpha).contains(cutmix), "cutmix", cutmix,
      "an alpha from 0 to \(Self.mostAlpha)")
    if let erasing = randomErasing {
      try require(
        (0...1).contains(erasing.probability), "random erasing", erasing.probability,
        "a probability from 0 to 1")
      try require(
        erasing.scale.lowerBound > 0 && erasing.scale.upperBound <= 1, "random erasing's scale",
        "\(erasing.scale)", "parts of the area above 0 and up to 1")
      try checkProportions(erasing.proportions, "random erasing's proportions")
    }
  }

  /// Shares are then all about a half.
  private static let mostAlpha = 1000.0
  /// More than pictures have.
  private static let mostPixels = 65_536
}
