import Foundation
import TandemData
import TandemImage
import TandemTensor
import TestSupport
import Testing

@Suite struct AugmentedDatasetTests {
  private func image(
    _ dataset: some Dataset, _ index: Int, epoch: Int?, _ normalization: Normalization
  ) throws -> [Float] {
    var image = [Float](repeating: .nan, count: dataset.imageShape.elementCount)
    if let epoch {
      try dataset.copyImage(index, epoch: epoch, normalization: normalization, into: &image)
    } else {
      try dataset.copyImage(index, normalization: normalization, into: &image)
    }
    return image
  }

  /// No level of a byte becomes 0.
  private let normalization = Normalization(
    mean: [0.301, 0.503, 0.4013], standardDeviation: [0.2, 0.25, 0.3])

  /// What is tested is not augmented, and augmentation that changes nothing leaves each bit.
  @Test func plainImagesStay() throws {
    let base = noisyDataset(4, [3, 6, 5])
    let shapes = AugmentedDataset(base, AugmentationPreset.shapes.augmentation, seed: 1)
    let none = AugmentedDataset(base, Augmentation(), seed: 1)
    for index in 0..<4 {
      let plain = try image(base, index, epoch: nil, normalization)
      #expect(try image(shapes, index, epoch: nil, normalization) == plain)
      #expect(try image(none, index, epoch: 3, normalization) == plain)
      #expect(try image(shapes, index, epoch: 3, normalization) != plain)
    }
    #expect(try shapes.fingerprint() == base.fingerprint())
    #expect(try shapes.channelMoments() == base.channelMoments())
    #expect(shapes.label(3) == base.label(3) && shapes.isInMemory)
    #expect(shapes.prefix(2).count == 2)
  }

  /// The recipe of CIFAR: each pixel is one of the picture or black, moved as drawn.
  @Test func cifar() throws {
    let shape: Shape = [3, 32, 32]
    let base = noisyDataset(20, shape)
    let augmentation = AugmentationPreset.cifar.augmentation
    let dataset = AugmentedDataset(base, augmentation, seed: 7)
    var seen: Set<[Double]> = []
    for index in 0..<20 {
      let plain = try image(base, index, epoch: nil, .unitScale(channels: 3))
      let found = try image(dataset, index, epoch: 2, .unitScale(channels: 3))
      let size = PictureSize(32)
      let map = augmentation.transform(of: size, to: size, seed: 7, epoch: 2, sample: index).map
      seen.insert([map.xx, map.x0, map.y0])
      for pixel in 0..<3072 {
        let (channel, row, column) = (pixel / 1024, pixel / 32 % 32, pixel % 32)
        let (x, y) = (Int(map.xx) * column + Int(map.x0), row + Int(map.y0))
        let isInside = (0..<32).contains(x) && (0..<32).contains(y)
        #expect(found[pixel] == (isInside ? plain[(channel * 32 + y) * 32 + x] : 0))
      }
    }
    #expect(seen.count > 15)
  }

  /// Black is black before normalisation, erased parts are 0 after it.
  @Test func fillAndErasingAroundNormalization() throws {
    let base = noisyDataset(1, [3, 8, 8])
    var augmentation = Augmentation()
    augmentation.cropPadding = 8
    augmentation.fillMode = .constant
    augmentation.fillValue = 51
    augmentation.randomErasing = RandomErasing(probability: 1)
    let dataset = AugmentedDataset(base, augmentation, seed: 1)
    var filled = 0
    for epoch in 0..<20 {
      let found = try image(dataset, 0, epoch: epoch, normalization)
      let size = PictureSize(8)
      let transform = augmentation.transform(of: size, to: size, seed: 1, epoch: epoch, sample: 0)
      let erased = try #require(transform.erased)
      for pixel in 0..<192 {
        let (channel, row, column) = (pixel / 64, pixel / 8 % 8, pixel % 8)
        let isErased =
          (erased.x..<erased.x + erased.width).contains(column)
          && (erased.y..<erased.y + erased.height).contains(row)
        #expect((found[pixel] == 0) == isErased)
        let (x, y) = (column + Int(transform.map.x0), row + Int(transform.map.y0))
        guard !isErased, !(0..<8).contains(x) || !(0..<8).contains(y) else { continue }
        filled += 1
        let expected =
          (0.2 - normalization.mean[channel])
          / normalization.standardDeviation[channel]
        #expect(abs(found[pixel] - expected) < 1e-5)
      }
    }
    #expect(filled > 1000)
  }

  /// The loader's threads give the same images, however many there are, and other ones in each
  /// epoch.
  @Test func batchesDoNotDependOnThreads() throws {
    let base = noisyDataset(50, [3, 12, 12])
    let dataset = AugmentedDataset(base, AugmentationPreset.catsDogs.augmentation, seed: 4)
    func epochs(threads: Int) throws -> [[Float]] {
      let loader = try Loader(
        dataset: dataset, sampler: Sampler(count: 50, seed: 1), batchSize: 8,
        normalization: normalization, capacity: .init(threads: threads, slots: 4))
      return try (0..<2).map { epoch in
        loader.begin(epoch: epoch)
        var images: [Float] = []
        for index in 0..<loader.batchCount {
          let batch = try loader.batch(index)
          images += UnsafeBufferPointer(start: batch.images, count: batch.count * 432)
          loader.release(index)
        }
        return images
      }
    }
    let one = try epochs(threads: 1)
    #expect(try epochs(threads: 3) == one)
    #expect(one[0].sorted() != one[1].sorted())
  }

  @Test func colourNoiseIsMeasuredOnTheData() throws {
    // Colours along one direction only, and a little along another.
    var random = CounterRandom(seed: 1, purpose: .test).sequence(0)
    let pixels = (0..<3000).map { _ in
      (Double(random.normal()) * 0.2, Double(random.normal()) * 0.05)
    }
    let channels: [[Float]] = [
      pixels.map { Float(0.6 * $0.0 + 0.8 * $0.1) }, pixels.map { Float(0.8 * $0.0 - 0.6 * $0.1) },
      pixels.map { _ in 0.5 },
    ]
    let dataset = InMemoryDataset(
      name: "line", imageShape: [3, 30, 100], classNames: ["a"],
      pixels: .float32(channels.flatMap(\.self)), labels: [0])
    let noise = try ColourNoise(deviation: 0.5).measured(on: dataset)
    let axes = try #require(noise.axes)
    #expect(noise.deviation == 0.5)
    for (found, expected) in zip(axes[0], [0.6 * 0.04, 0.8 * 0.04, 0]) {
      #expect(abs(found - expected) < 0.004)
    }
    for (found, expected) in zip(axes[1], [0.8 * 0.0025, -0.6 * 0.0025, 0]) {
      #expect(abs(found - expected) < 0.0003)
    }
    #expect(axes[2].allSatisfy { abs($0) < 1e-6 })

    // What is drawn has the strength asked for, along the axes.
    var augmentation = Augmentation()
    augmentation.colourNoise = noise
    let size = PictureSize(8)
    let drawn = (0..<4000).map { sample -> [Double] in
      let tones = augmentation.transform(of: size, to: size, seed: 1, epoch: 0, sample: sample)
        .tones
      if case .colourNoise(let added) = tones.first { return added }
      return []
    }
    let variance = drawn.map { $0[1] * $0[1] }.reduce(0, +) / 4000
    #expect(abs(variance.squareRoot() / (0.5 * 0.8 * 0.04) - 1) < 0.15)
    #expect(drawn.allSatisfy { abs($0[2]) < 1e-6 })
  }
}
