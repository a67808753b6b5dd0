import Foundation
import TandemData
import TandemImage
import TandemTensor
import Testing

@Suite struct MixingTests {
  private let size = PictureSize(width: 20, height: 10)

  private func drawn(
    _ count: Int, _ change: (inout Augmentation) -> Void
  ) -> [(other: Int, mixing: Mixing)] {
    var augmentation = Augmentation()
    change(&augmentation)
    return (0..<count).map {
      augmentation.mixing(ofImagesOf: size, count: 50, seed: 1, epoch: 0, sample: $0)
    }
  }

  /// Mean and variance of Beta(α, α): 1/2 and 1 / (8α + 4).
  @Test(arguments: [0.2, 1, 3])
  func shares(alpha: Double) {
    let found = drawn(4000) { $0.mixup = alpha }
    let shares = found.map { Double($0.mixing.share) }
    let mean = shares.reduce(0, +) / 4000
    let variance = shares.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 4000
    #expect(abs(mean - 0.5) < 0.03)
    #expect(abs(variance * (8 * alpha + 4) - 1) < 0.1, "\(variance)")
    #expect(shares.allSatisfy { (0...1).contains($0) })
    #expect(Set(found.map(\.other)) == Set(0..<50))
  }

  @Test func rectangles() {
    for (_, mixing) in drawn(1000, { $0.cutmix = 1 }) {
      guard case .cutmix(let part, let share) = mixing else {
        Issue.record("\(mixing)")
        return
      }
      #expect(part.isInside(size) || part.size.pixelCount == 0)
      #expect(share == Float(part.size.pixelCount) / 200)
    }
    let both = drawn(1000) {
      $0.mixup = 0.2
      $0.cutmix = 1
    }
    let mixups = both.filter { if case .mixup = $0.mixing { true } else { false } }
    #expect((400...600).contains(mixups.count))
  }

  /// The image is the mixture of what both were, and the second label has the other's share.
  @Test(arguments: [true, false])
  func imagesAndLabels(isMixup: Bool) throws {
    let shape: Shape = [2, 10, 20]
    let base = noisyDataset(30, shape)
    var plain = Augmentation()
    plain.horizontalFlip = true
    var mixed = plain
    if isMixup { mixed.mixup = 0.4 } else { mixed.cutmix = 1 }
    let alone = AugmentedDataset(base, plain, seed: 3)
    let dataset = AugmentedDataset(base, mixed, seed: 3)
    #expect(dataset.mixesLabels && !alone.mixesLabels && !base.mixesLabels)
    func image(_ dataset: AugmentedDataset, _ index: Int) throws -> [Float] {
      var image = [Float](repeating: .nan, count: shape.elementCount)
      try dataset.copyImage(
        index, epoch: 5, normalization: .unitScale(channels: 2), into: &image)
      return image
    }
    for index in 0..<30 {
      let (other, mixing) = mixed.mixing(
        ofImagesOf: size, count: 30, seed: 3, epoch: 5, sample: index)
      let second = dataset.secondLabel(index, epoch: 5)
      #expect(second == SecondLabel(label: base.label(other), share: mixing.share))
      let (found, own, others) = (
        try image(dataset, index), try image(alone, index), try image(alone, other)
      )
      for pixel in found.indices {
        let (x, y) = (pixel % 20, pixel / 20 % 10)
        switch mixing {
        case .mixup(let share):
          let expected = own[pixel] + share * (others[pixel] - own[pixel])
          #expect(abs(found[pixel] - expected) < 1e-5)
        case .cutmix(let part, _):
          let isOther =
            (part.x..<part.x + part.width).contains(x)
            && (part.y..<part.y + part.height).contains(y)
          #expect(found[pixel] == (isOther ? others : own)[pixel])
        }
      }
    }
    #expect(dataset.secondLabel(3, epoch: 5) != dataset.secondLabel(3, epoch: 6))
  }
}
