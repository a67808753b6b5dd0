import Foundation
import TandemImage
import TandemTensor

/// A rectangle of random place, area and proportions that becomes 0 once the image is normalised:
/// torchvision's RandomErasing (Zhong et al. 2017, https://arxiv.org/abs/1708.04896).
public struct RandomErasing: Codable, Hashable, Sendable {
  public var probability: Double
  /// The erased share of the image's area.
  public var scale: ClosedRange<Double>
  /// Height by width.
  public var proportions: ClosedRange<Double>

  public init(
    probability: Double = 0.5, scale: ClosedRange<Double> = 0.02...0.33,
    proportions: ClosedRange<Double> = 0.3...3.3
  ) {
    self.probability = probability
    self.scale = scale
    self.proportions = proportions
  }

  /// nil where nothing is erased: by chance, or because ten rectangles did not fit.
  func part(of image: PictureSize, _ random: inout CounterRandom.Sequence) -> PixelRectangle? {
    guard Double(random.uniform()) < probability else { return nil }
    let logarithms = log(proportions.lowerBound)...log(proportions.upperBound)
    for _ in 0..<10 {
      let area = Double(image.pixelCount) * random.uniform(in: scale)
      let proportion = exp(random.uniform(in: logarithms))
      let height = Int((area * proportion).squareRoot().rounded(.toNearestOrEven))
      let width = Int((area / proportion).squareRoot().rounded(.toNearestOrEven))
      guard height < image.height, width < image.width else { continue }
      let y = random.whole(in: 0...image.height - height)
      return PixelRectangle(
        x: random.whole(in: 0...image.width - width), y: y, width: width, height: height)
    }
    return nil
  }
}
