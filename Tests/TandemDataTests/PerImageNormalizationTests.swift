import Foundation
import TandemData
import TandemTensor
import TestSupport
import Testing

/// Images that are brought to mean 0, and standard deviation 1, each by itself.
@Suite struct PerImageNormalizationTests {
  private let dataset = noisyDataset(3, [2, 5, 6])

  private func image(_ index: Int, _ normalization: Normalization, epoch: Int? = nil) throws
    -> [Float]
  {
    var image = [Float](repeating: .nan, count: 60)
    try dataset.readImage(index, epoch: epoch, normalization: normalization, into: &image)
    return image
  }

  @Test func imagesAreTheReferences() throws {
    let scale = Normalization(mean: [0.2, 0.4], standardDeviation: [0.5, 0.25])
    for index in 0..<3 {
      let plain = try image(index, scale).map { Double($0) }
      let mean = plain.reduce(0, +) / 60
      let deviation = (plain.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 60).squareRoot()
      #expect(abs(mean) > 0.01 && abs(deviation - 1) > 0.01)
      for epoch in [nil, 3] {
        let centred = try image(index, scale.with(perImage: .centred), epoch: epoch)
        let standardised = try image(index, scale.with(perImage: .standardised), epoch: epoch)
        for pixel in 0..<60 {
          #expect(abs(Double(centred[pixel]) - (plain[pixel] - mean)) < 1e-5)
          let expected = (plain[pixel] - mean) / (deviation + 1e-6)
          #expect(abs(Double(standardised[pixel]) - expected) < 1e-5)
        }
      }
    }
  }

  @Test func evenImagesStayFinite() throws {
    let even = InMemoryDataset(
      name: "even", imageShape: [1, 4, 4], classNames: ["a"],
      pixels: .uint8(Array(repeating: 77, count: 16)), labels: [0])
    var image = [Float](repeating: .nan, count: 16)
    try even.readImage(
      0, normalization: .unitScale(channels: 1).with(perImage: .standardised), into: &image)
    #expect(image.allSatisfy { $0 == 0 })
  }

  /// Descriptions of normalisation without it are what they were.
  @Test func descriptionsSurvive() throws {
    let plain = Normalization(mean: [0.25], standardDeviation: [0.5])
    let text = String(decoding: try JSONEncoder().encode(plain), as: UTF8.self)
    #expect(!text.contains("perImage"))
    for normalization in [plain, plain.with(perImage: .centred)] {
      let data = try JSONEncoder().encode(normalization)
      #expect(try JSONDecoder().decode(Normalization.self, from: data) == normalization)
    }
    #expect(plain != plain.with(perImage: .centred))
  }
}
