import Foundation
import TandemData
import TandemImage
import TandemTensor
import Testing

/// What is drawn for a picture.
@Suite struct AugmentationDrawingTests {
  private let size = PictureSize(width: 40, height: 20)

  private func transform(
    _ augmentation: Augmentation, seed: UInt64 = 1, epoch: Int = 0, sample: Int = 0,
    of source: PictureSize? = nil
  ) -> PictureTransform {
    augmentation.transform(
      of: source ?? size, to: size, seed: seed, epoch: epoch, sample: sample)
  }

  private func maps(_ count: Int, _ change: (inout Augmentation) -> Void) -> [AffineMap] {
    var augmentation = Augmentation()
    change(&augmentation)
    return (0..<count).map { transform(augmentation, sample: $0).map }
  }

  /// Whether values fill a range evenly: their ends, their mean, and no value beyond. nil if they
  /// do.
  private func problem(_ values: [Double], _ range: ClosedRange<Double>) -> String? {
    let width = range.upperBound - range.lowerBound
    let (least, most) = (values.min() ?? .nan, values.max() ?? .nan)
    let mean = values.reduce(0, +) / Double(values.count)
    let isUniform =
      least >= range.lowerBound - 1e-9 && most <= range.upperBound + 1e-9
      && least < range.lowerBound + 0.02 * width && most > range.upperBound - 0.02 * width
      && abs(mean - (range.lowerBound + range.upperBound) / 2) < 0.05 * width
    return isUniform ? nil : "\(least) to \(most), mean \(mean)"
  }

  @Test func ranges() {
    #expect(
      problem(
        maps(2000) { $0.rotationRange = 25 }.map { atan2($0.yx, $0.xx) * 180 / .pi }, -25...25)
        == nil)
    let shifts = maps(2000) {
      $0.widthShiftRange = .fraction(0.25)
      $0.heightShiftRange = .fraction(0.1)
    }
    #expect(problem(shifts.map(\.x0), -10...10) == nil)
    #expect(problem(shifts.map(\.y0), -2...2) == nil)
    #expect(
      problem(
        maps(2000) { $0.shearRange = 30 }.map { asin(-$0.xy) * 180 / .pi }, -30...30) == nil)
    let zooms = maps(2000) { $0.zoomRange = 0.5...2.5 }
    #expect(problem(zooms.map(\.xx), 0.5...2.5) == nil)
    #expect(problem(zooms.map(\.yy), 0.5...2.5) == nil)
    // Each axis by itself.
    #expect(zooms.filter { abs($0.xx - $0.yy) > 0.2 }.count > 1000)
    // The check can fail.
    #expect(problem([0, 0.5, 0.7], 0...1) != nil)
    #expect(problem([0, 0.5, 1, 1], 0...1) != nil)
    #expect(problem([0, 0.5, 1.1], 0...1) != nil)
  }

  /// As in Keras, 3 stands for −2 to 2.
  @Test func shiftsByWholePixels() {
    let found = maps(1000) { $0.widthShiftRange = .pixels(3) }.map(\.x0)
    #expect(Set(found) == [-2, -1, 0, 1, 2])
    #expect(Set(maps(100) { $0.heightShiftRange = .pixels(1) }.map(\.y0)) == [0])
    #expect(Set(maps(100) { $0.heightShiftRange = .pixels(0) }.map(\.y0)) == [0])
  }

  @Test func cropsWithPadding() {
    let found = maps(2000) { $0.cropPadding = 2 }
    #expect(Set(found.map(\.x0)) == [-2, -1, 0, 1, 2])
    #expect(Set(found.map(\.y0)) == [-2, -1, 0, 1, 2])
    #expect(Set(found.map { [$0.x0, $0.y0] }).count == 25)
    #expect(found.allSatisfy { $0.xx == 1 && $0.yy == 1 && $0.xy == 0 && $0.yx == 0 })
  }

  @Test func oneOfTwoIsMirrored() {
    let mirrored = maps(1000) { $0.horizontalFlip = true }
    #expect(Set(mirrored) == [.identity, .mirror(width: 40)])
    #expect((400...600).contains(mirrored.filter { $0 == .identity }.count))
    #expect(Set(maps(100) { $0.verticalFlip = true }) == [.identity, .flip(height: 20)])
  }

  /// Tones' ranges.
  @Test func tones() {
    var augmentation = Augmentation()
    augmentation.channelShiftRange = 51
    augmentation.brightnessRange = 0.5...0.9
    let drawn = (0..<2000).map { transform(augmentation, sample: $0).tones }
    #expect(
      problem(
        drawn.map { if case .channelShift(let shift) = $0[0] { shift } else { .nan } }, -0.2...0.2)
        == nil)
    #expect(
      problem(
        drawn.map { if case .brightness(let factor) = $0[1] { factor } else { .nan } }, 0.5...0.9)
        == nil)
  }

  @Test func jitterInAnyOrder() {
    var augmentation = Augmentation()
    augmentation.colourJitter = ColourJitter(
      brightness: 0.4, contrast: 0.3, saturation: 2, hue: 0.1)
    var orders: Set<[Int]> = []
    for sample in 0..<500 {
      orders.insert(
        transform(augmentation, sample: sample).tones.map { change in
          switch change {
          case .brightness(let factor):
            #expect((0.6...1.4).contains(factor))
            return 0
          case .contrast(let factor):
            #expect((0.7...1.3).contains(factor))
            return 1
          case .saturation(let factor):
            #expect((0...3).contains(factor))
            return 2
          case .hue(let shift):
            #expect((-0.1...0.1).contains(shift))
            return 3
          default: return 4
          }
        })
    }
    #expect(orders.count == 24)
    augmentation.colourJitter = ColourJitter(contrast: 0.3)
    #expect(transform(augmentation).tones.count == 1)
  }

  @Test func resizedCrops() throws {
    var augmentation = Augmentation()
    augmentation.randomResizedCrop = RandomResizedCrop(scale: 0.2...0.6, proportions: 0.5...2)
    let source = PictureSize(width: 300, height: 200)
    var areas: [Double] = []
    var proportions: [Double] = []
    for sample in 0..<2000 {
      let part = try #require(transform(augmentation, sample: sample, of: source).window)
      #expect(part.isInside(source))
      areas.append(Double(part.size.pixelCount) / 60_000)
      proportions.append(Double(part.width) / Double(part.height))
    }
    let isRight =
      areas.allSatisfy { (0.19...0.61).contains($0) }
      && proportions.allSatisfy { (0.48...2.05).contains($0) }
    #expect(isRight)
    // Parts that do not fit are drawn again, so that large ones are a little rarer.
    #expect(try #require(areas.min()) < 0.22 && #require(areas.max()) > 0.58)
  }

  /// After ten draws that do not fit it is the largest part in the middle.
  @Test func cropOfALongPicture() {
    var augmentation = Augmentation()
    augmentation.randomResizedCrop = RandomResizedCrop(scale: 0.9...1, proportions: 0.75...1.25)
    let wide = transform(augmentation, of: PictureSize(width: 200, height: 20)).window
    #expect(wide == PixelRectangle(x: 87, y: 0, width: 25, height: 20))
    let high = transform(augmentation, of: PictureSize(width: 12, height: 300)).window
    #expect(high == PixelRectangle(x: 0, y: 142, width: 12, height: 16))
  }

  @Test func erasedParts() {
    var augmentation = Augmentation()
    augmentation.randomErasing = RandomErasing(probability: 0.25)
    let parts = (0..<2000).map { transform(augmentation, sample: $0).erased }
    let found = parts.compactMap(\.self)
    #expect((400...600).contains(found.count))
    #expect(found.allSatisfy { $0.isInside(size) || $0.size.pixelCount == 0 })
    #expect(Set(found).count > 300)
  }

  @Test func trivialAugmentDrawsAllChanges() {
    var augmentation = Augmentation()
    augmentation.trivialAugment = true
    let drawn = (0..<3000).map { transform(augmentation, sample: $0) }
    #expect(drawn.allSatisfy { $0.tones.count <= 1 })
    #expect(drawn.filter { $0.map != .identity && $0.tones.isEmpty }.count > 600)
    let kinds = Set(drawn.flatMap(\.tones).map { "\($0)".prefix { $0 != "(" } })
    #expect(kinds.count == 8, "\(kinds)")
    #expect(Set(drawn.map(\.map)).count > 150)
  }

  /// A pure function of seed, epoch and sample, each of which matters.
  @Test func drawsDependOnSeedEpochAndSample() {
    var augmentation = AugmentationPreset.shapes.augmentation
    augmentation.colourJitter = ColourJitter(
      brightness: 0.3, contrast: 0.3, saturation: 1, hue: 0.1)
    augmentation.randomErasing = RandomErasing(probability: 1)
    let base = transform(augmentation, seed: 3, epoch: 4, sample: 5)
    #expect(transform(augmentation, seed: 3, epoch: 4, sample: 5) == base)
    let others = [
      transform(augmentation, seed: 2, epoch: 4, sample: 5),
      transform(augmentation, seed: 3, epoch: 5, sample: 4),
      transform(augmentation, seed: 3, epoch: 5, sample: 5),
      transform(augmentation, seed: 3, epoch: 4, sample: 6),
    ]
    for other in others {
      #expect(other.map != base.map && other.tones != base.tones && other.erased != base.erased)
    }
  }

  /// An option more leaves what is drawn for the others.
  @Test func drawsAreIndependent() {
    var augmentation = Augmentation()
    augmentation.randomErasing = RandomErasing(probability: 1)
    augmentation.brightnessRange = 0.5...1.5
    let before = transform(augmentation)
    augmentation.rotationRange = 40
    augmentation.colourJitter = ColourJitter(contrast: 0.5)
    augmentation.trivialAugment = true
    let after = transform(augmentation)
    #expect(after.erased == before.erased && after.tones.first == before.tones.first)
    #expect(after.map != before.map)
  }
}
