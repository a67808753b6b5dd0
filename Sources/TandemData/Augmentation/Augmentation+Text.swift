extension Augmentation: CustomStringConvertible {
  /// What is switched on, in one line: `rotation ±20°, mirrored`; `none` if there is nothing.
  public var description: String {
    var parts: [String] = []
    if let crop = randomResizedCrop {
      parts.append(
        "parts of \(Self.text(crop.scale)) of the area, of \(Self.text(crop.proportions))")
    }
    if rotationRange != 0 { parts.append("rotation ±\(rotationRange)°") }
    if widthShiftRange != .none { parts.append("shift across \(widthShiftRange)") }
    if heightShiftRange != .none { parts.append("shift down \(heightShiftRange)") }
    if shearRange != 0 { parts.append("shear ±\(shearRange)°") }
    if zoomRange != 1...1 { parts.append("zoom \(Self.text(zoomRange))") }
    if cropPadding > 0 { parts.append("crops with \(cropPadding) pixels around") }
    if horizontalFlip { parts.append("mirrored") }
    if verticalFlip { parts.append("flipped") }
    if channelShiftRange != 0 { parts.append("channel shift ±\(channelShiftRange)") }
    if let range = brightnessRange { parts.append("brightness \(Self.text(range))") }
    if let jitter = colourJitter {
      parts.append(
        "jitter of brightness ±\(jitter.brightness), contrast ±\(jitter.contrast), "
          + "saturation ±\(jitter.saturation), hue ±\(jitter.hue)")
    }
    if let noise = colourNoise { parts.append("colour noise \(noise.deviation)") }
    if trivialAugment { parts.append("TrivialAugment") }
    if let erasing = randomErasing { parts.append("erasing \(erasing.probability)") }
    if mixup > 0 { parts.append("mixup \(mixup)") }
    if cutmix > 0 { parts.append("cutmix \(cutmix)") }
    if parts.isEmpty { return "none" }
    let fill = fillMode == .constant ? "the level \(fillValue)" : fillMode.rawValue
    return parts.joined(separator: ", ") + " (beside pictures: \(fill))"
  }

  private static func text(_ range: ClosedRange<Double>) -> String {
    "\(range.lowerBound) to \(range.upperBound)"
  }
}

extension AugmentationShift: CustomStringConvertible {
  public var description: String {
    switch self {
    case .fraction(let range): "±\(range) of the picture"
    case .pixels(let range): "of less than \(range) pixels"
    }
  }
}
