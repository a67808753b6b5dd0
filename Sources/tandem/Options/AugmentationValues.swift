import ArgumentParser
import Tandem

// Values of the options of augmentation.

/// `a,b` with a not above b.
/// - Parameter wanted: what makes sense, for the message.
func range(
  _ wanted: String, where isValid: @escaping @Sendable (ClosedRange<Double>) -> Bool
) -> @Sendable (String) throws -> ClosedRange<Double> {
  { text in
    let numbers = numbers(text)
    guard numbers?.count == 2, let first = numbers?.first, let last = numbers?.last,
      first <= last, isValid(first...last)
    else { throw ValidationError("give \(wanted)") }
    return first...last
  }
}

/// The finite numbers between commas; nil if there is anything else.
private func numbers(_ text: String) -> [Double]? {
  let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
  let found = parts.compactMap(\.self).filter(\.isFinite)
  return found.count == parts.count ? found : nil
}

/// `0.08,1` or `off`.
let partsOfArea: @Sendable (String) throws -> AreaChoice = { text in
  if text == "off" { return AreaChoice(scale: nil) }
  let parts = range("two parts of the area above 0 and up to 1, for example 0.08,1, or off") {
    $0.lowerBound > 0 && $0.upperBound <= 1
  }
  return AreaChoice(scale: try parts(text))
}

/// `0.2` for 0.8 to 1.2, as in Keras, or `0.8,1.2`.
let zoom: @Sendable (String) throws -> ClosedRange<Double> = { text in
  if let value = Double(text), (0..<1).contains(value) { return 1 - value...1 + value }
  return try range("a part below 1, or two factors above 0, for example 0.8,1.2") {
    $0.lowerBound > 0
  }(text)
}

/// `0.1` of the picture, or `4` whole pixels.
let shift: @Sendable (String) throws -> AugmentationShift = { text in
  if let pixels = Int(text), (0...65_536).contains(pixels) { return .pixels(pixels) }
  guard let part = Double(text), (0..<1).contains(part) else {
    throw ValidationError(
      "give a part of the picture below 1, or a whole number of pixels, for example 0.1 or 4")
  }
  return .fraction(part)
}

/// `0.4,0.4,0.4,0.1`: brightness, contrast, saturation and hue.
let jitter: @Sendable (String) throws -> ColourJitter = { text in
  guard let parts = numbers(text), parts.count == 4, parts.allSatisfy({ $0 >= 0 }),
    parts[3] <= 0.5
  else {
    throw ValidationError(
      "give four parts of 0 or more, the last up to 0.5, for example 0.4,0.4,0.4,0.1")
  }
  return ColourJitter(
    brightness: parts[0], contrast: parts[1], saturation: parts[2], hue: parts[3])
}
