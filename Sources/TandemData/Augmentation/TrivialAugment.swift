import TandemImage
import TandemTensor

/// One random change of random strength for each picture: torchvision's TrivialAugmentWide (Müller
/// and Hutter 2021, https://arxiv.org/abs/2103.10158), with 31 strengths. Pixels are sampled
/// bilinearly, together with all other geometry.
enum TrivialAugment {
  private static let strengths = 31

  private enum Kind: Int, CaseIterable {
    case identity, shearX, shearY, translateX, translateY, rotate
    case brightness, colour, contrast, sharpness, posterize, solarize, autoContrast, equalize
  }

  /// Where the pixels of a changed image of `size` are, and how their tones change.
  static func change(
    of size: PictureSize, _ random: inout CounterRandom.Sequence
  ) -> (map: AffineMap, tone: ToneChange?) {
    let kind = Kind.allCases[random.whole(in: 0...Kind.allCases.count - 1)]
    let step = random.whole(in: 0...strengths - 1)
    let strength = Double(step) / Double(strengths - 1)
    let sign: Double = random.uniform() <= 0.5 ? -1 : 1
    // torchvision's coordinates have (0, 0) at the corner of the first pixel.
    func cornered(_ map: AffineMap) -> AffineMap { map.around(x: -0.5, y: -0.5) }
    let slope = sign * 0.99 * strength
    let pixels = (sign * 32 * strength).rounded(.towardZero)
    switch kind {
    case .identity: return (.identity, nil)
    case .shearX:
      return (cornered(AffineMap(xx: 1, xy: slope, x0: 0, yx: 0, yy: 1, y0: 0)), nil)
    case .shearY:
      return (cornered(AffineMap(xx: 1, xy: 0, x0: 0, yx: slope, yy: 1, y0: 0)), nil)
    case .translateX: return (.shift(x: -pixels, y: 0), nil)
    case .translateY: return (.shift(x: 0, y: -pixels), nil)
    case .rotate:
      let map = AffineMap.rotation(degrees: sign * 135 * strength)
        .around(x: Double(size.width) / 2 - 0.5, y: Double(size.height) / 2 - 0.5)
      return (map, nil)
    case .brightness: return (.identity, .brightness(1 + slope))
    case .colour: return (.identity, .saturation(1 + slope))
    case .contrast: return (.identity, .contrast(1 + slope))
    case .sharpness: return (.identity, .sharpness(1 + slope))
    case .posterize:
      // torchvision rounds halves to even.
      let bits = 8 - (Double(step) / (Double(strengths - 1) / 6))
      return (.identity, .posterize(bits: Int(bits.rounded(.toNearestOrEven))))
    case .solarize: return (.identity, .solarize(from: 1 - strength))
    case .autoContrast: return (.identity, .autoContrast)
    case .equalize: return (.identity, .equalize)
    }
  }
}
