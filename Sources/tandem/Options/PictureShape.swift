import ArgumentParser
import Tandem

/// The size of the images that pictures become, and their channels where these are not left to the
/// network.
struct PictureShape: Hashable {
  let channels: Int?
  let height: Int
  let width: Int
}

/// `150`, `150x200` or `3x150x200`.
let pictureShape: @Sendable (String) throws -> PictureShape = { text in
  let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
  let numbers = parts.compactMap(\.self)
  guard numbers.count == parts.count, (1...3).contains(numbers.count),
    numbers.suffix(2).allSatisfy({ (1...16_384).contains($0) }),
    numbers.count < 3 || [1, 3].contains(numbers[0])
  else {
    throw ValidationError(
      "give height x width, or channels x height x width with 1 or 3 channels, for example 150x150")
  }
  return PictureShape(
    channels: numbers.count == 3 ? numbers[0] : nil, height: numbers[max(0, numbers.count - 2)],
    width: numbers[numbers.count - 1])
}

/// `cover`, `stretch`, or the length of the shorter side.
let pictureResize: @Sendable (String) throws -> PictureRecipe.Resize = { text in
  switch text {
  case "cover": return .cover
  case "stretch": return .stretch
  default:
    guard let side = Int(text), (1...16_384).contains(side) else {
      throw ValidationError(
        "give cover, stretch, or the pixels of the shorter side, for example 256")
    }
    return .shorterSide(side)
  }
}
