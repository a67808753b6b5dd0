import Foundation
import TandemImage
import TandemTensor

/// How an image of training is mixed with another one of the epoch, and its label with the other's.
package enum Mixing: Hashable, Sendable {
  /// All pixels: the other image has this share of each (Zhang et al. 2017,
  /// https://arxiv.org/abs/1710.09412).
  case mixup(share: Float)
  /// A rectangle of the other image in its own place (Yun et al. 2019,
  /// https://arxiv.org/abs/1905.04899).
  case cutmix(PixelRectangle, share: Float)

  /// The share of the other image's label.
  package var share: Float {
    switch self {
    case .mixup(let share), .cutmix(_, let share): share
    }
  }

  /// - Parameters:
  ///   - image: `[C, H, W]`, which becomes the mixture.
  ///   - other: the same of the other image.
  func apply(
    to image: UnsafeMutablePointer<Float>, _ other: UnsafePointer<Float>, of shape: Shape
  ) {
    switch self {
    case .mixup(let share):
      for index in 0..<shape.elementCount {
        image[index] = (1 - share) * image[index] + share * other[index]
      }
    case .cutmix(let part, _):
      for channel in 0..<shape[0] {
        for row in part.y..<part.y + part.height {
          let start = (channel * shape[1] + row) * shape[2] + part.x
          (image + start).update(from: other + start, count: part.width)
        }
      }
    }
  }
}

extension Augmentation {
  /// Whether images are mixed.
  package var mixesImages: Bool { mixup > 0 || cutmix > 0 }

  /// Draws with which image another one is mixed, and how; with both kinds each in one of two
  /// cases.
  ///
  /// - Parameters:
  ///   - count: of the data set's images.
  ///   - size: of an image.
  package func mixing(
    ofImagesOf size: PictureSize, count: Int, seed: UInt64, epoch: Int, sample: Int
  ) -> (other: Int, mixing: Mixing) {
    let random = AugmentationRandom(seed: seed, epoch: epoch, sample: sample)
    var numbers = random.sequence(.mixing)
    let other = numbers.whole(in: 0...count - 1)
    let isMixup = numbers.uniform() < 0.5 ? mixup > 0 : cutmix == 0
    // Of the image itself.
    let own = numbers.beta(isMixup ? mixup : cutmix)
    if isMixup { return (other, .mixup(share: Float(1 - own))) }
    let part = Self.part(of: size, share: 1 - own, &numbers)
    return (other, .cutmix(part, share: Float(part.size.pixelCount) / Float(size.pixelCount)))
  }

  /// A rectangle of the image's proportions around a random pixel, without what is outside
  /// (torchvision's CutMix).
  private static func part(
    of size: PictureSize, share: Double, _ numbers: inout CounterRandom.Sequence
  ) -> PixelRectangle {
    let half = 0.5 * share.squareRoot()
    func range(_ extent: Int) -> Range<Int> {
      let middle = numbers.whole(in: 0...extent - 1)
      let reach = Int(half * Double(extent))
      return max(0, middle - reach)..<min(extent, middle + reach)
    }
    let (columns, rows) = (range(size.width), range(size.height))
    return PixelRectangle(
      x: columns.lowerBound, y: rows.lowerBound, width: columns.count, height: rows.count)
  }
}

extension CounterRandom.Sequence {
  /// A number of the distribution Beta(α, α), as the share of two numbers of the distribution
  /// Gamma(α).
  mutating func beta(_ alpha: Double) -> Double {
    let (first, second) = (gamma(alpha), gamma(alpha))
    // Both may be too small for numbers where α is tiny.
    return first + second > 0 ? first / (first + second) : 0.5
  }

  /// Marsaglia and Tsang, "A simple method for generating gamma variables" (2000),
  /// https://doi.org/10.1145/358407.358414.
  private mutating func gamma(_ shape: Double) -> Double {
    if shape < 1 {
      let larger = gamma(shape + 1)
      return larger * pow(1 - Double(uniform()), 1 / shape)
    }
    let d = shape - 1 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = Double(normal())
      let v = pow(1 + c * x, 3)
      guard v > 0 else { continue }
      if log(1 - Double(uniform())) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
    }
  }
}
