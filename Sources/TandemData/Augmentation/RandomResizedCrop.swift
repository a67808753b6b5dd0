import Foundation
import TandemImage
import TandemTensor

/// A part of a picture of random area and proportions, stretched to the image's size: torchvision's
/// RandomResizedCrop (Szegedy et al. 2015, "Going deeper with convolutions", section 6).
public struct RandomResizedCrop: Codable, Hashable, Sendable {
  /// The part's share of the picture's area.
  public var scale: ClosedRange<Double>
  /// Width by height.
  public var proportions: ClosedRange<Double>

  public init(
    scale: ClosedRange<Double> = 0.08...1, proportions: ClosedRange<Double> = 3 / 4...4 / 3
  ) {
    self.scale = scale
    self.proportions = proportions
  }

  /// The part to take of a picture; after ten draws that do not fit the largest in the middle.
  func part(of picture: PictureSize, _ random: inout CounterRandom.Sequence) -> PixelRectangle {
    let (width, height) = (picture.width, picture.height)
    let logarithms = log(proportions.lowerBound)...log(proportions.upperBound)
    for _ in 0..<10 {
      let area = Double(picture.pixelCount) * random.uniform(in: scale)
      let proportion = exp(random.uniform(in: logarithms))
      let partWidth = Int((area * proportion).squareRoot().rounded(.toNearestOrEven))
      let partHeight = Int((area / proportion).squareRoot().rounded(.toNearestOrEven))
      guard (1...width).contains(partWidth), (1...height).contains(partHeight) else { continue }
      let y = random.whole(in: 0...height - partHeight)
      return PixelRectangle(
        x: random.whole(in: 0...width - partWidth), y: y, width: partWidth, height: partHeight)
    }
    return largest(in: picture)
  }

  private func largest(in picture: PictureSize) -> PixelRectangle {
    let (width, height) = (picture.width, picture.height)
    let found = Double(width) / Double(height)
    var part = picture
    if found < proportions.lowerBound {
      part.height = Int(
        (Double(width) / proportions.lowerBound).rounded(.toNearestOrEven))
    } else if found > proportions.upperBound {
      part.width = Int((Double(height) * proportions.upperBound).rounded(.toNearestOrEven))
    }
    return PixelRectangle(
      x: (width - part.width) / 2, y: (height - part.height) / 2, width: part.width,
      height: part.height)
  }
}
