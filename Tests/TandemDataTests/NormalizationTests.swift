import Foundation
import TandemData
import TandemTensor
import Testing

@Suite struct NormalizationTests {
  /// Two images of two channels of two pixels. Channel 0: 0, 255, 51, 102; channel 1: all 153.
  private let dataset = InMemoryDataset(
    name: "test", imageShape: [2, 1, 2], classNames: ["a"],
    pixels: .uint8([0, 255, 153, 153, 51, 102, 153, 153]), labels: [0, 0])

  @Test func computesStatistics() throws {
    let normalization = try Normalization.statistics(of: dataset)
    // Channel 0 in 0…1: 0, 1, 0.2, 0.4; mean 0.4, variance (0.16 + 0.36 + 0.04 + 0) / 4 = 0.14.
    #expect(normalization.mean == [0.4, 0.6])
    #expect(normalization.standardDeviation == [Float((0.14).squareRoot()), 1])
  }

  /// Bytes as floats, and the way for any data set, give the same as the exact count of bytes.
  @Test func allWaysToComputeAgree() throws {
    struct AnyWay: Dataset {
      let base: InMemoryDataset
      var name: String { base.name }
      var count: Int { base.count }
      var imageShape: Shape { base.imageShape }
      var classNames: [String] { base.classNames }
      func copyImage(
        _ index: Int, normalization: Normalization, into destination: UnsafeMutablePointer<Float>
      ) throws { base.copyImage(index, normalization: normalization, into: destination) }
      func label(_ index: Int) -> Int32 { base.label(index) }
      func prefix(_ maximumCount: Int) -> AnyWay { AnyWay(base: base.prefix(maximumCount)) }
    }
    let bytes = ShapesGenerator(seed: 5).dataset(0..<40)
    let exact = bytes.channelMoments()
    let general = try AnyWay(base: bytes).channelMoments()
    let floats = InMemoryDataset(
      name: "", imageShape: bytes.imageShape, classNames: bytes.classNames,
      pixels: .float32(try (0..<40).flatMap { try image($0, of: bytes).map { $0 / 255 } }),
      labels: labels(of: bytes)
    ).channelMoments()
    for other in [general, floats] {
      #expect(abs(exact[0].mean - other[0].mean) < 1e-8)
      #expect(abs(exact[0].standardDeviation - other[0].standardDeviation) < 1e-8)
    }
    #expect(exact[0].mean > 0.5 && exact[0].standardDeviation > 0.2)
  }

  @Test func normalisesEachChannel() {
    let normalization = Normalization(mean: [0.5, 0.1], standardDeviation: [0.25, 2])
    var output = [Float](repeating: 0, count: 4)
    dataset.copyImage(1, normalization: normalization, into: &output)
    let pixels: [Float] = [0.2, 0.4, 0.6, 0.6]
    let first = pixels[..<2].map { ($0 - 0.5) / 0.25 }
    let second = pixels[2...].map { ($0 - 0.1) / 2 }
    #expect(output == first + second)
  }

  @Test func unitScaleIsTheQuotientForAllBytes() {
    let all = InMemoryDataset(
      name: "", imageShape: [1, 16, 16], classNames: ["a"], pixels: .uint8(Array(0...255)),
      labels: [0])
    var output = [Float](repeating: 0, count: 256)
    all.copyImage(0, normalization: .unitScale(channels: 1), into: &output)
    #expect(output == (0...255).map { Float($0) / 255 })
  }

  @Test func prefixHasTheFirstImages() throws {
    let dataset = ShapesGenerator().dataset(0..<10)
    let part = dataset.prefix(4)
    #expect(part.count == 4 && dataset.prefix(100).count == 10 && dataset.prefix(-1).count == 0)
    #expect(labels(of: part) == [0, 1, 2, 0])
    // Its statistics are those of its own images.
    let alone = ShapesGenerator().dataset(0..<4)
    #expect(part.channelMoments() == alone.channelMoments())
    #expect(part.channelMoments() != dataset.channelMoments())
  }

  @Test func decodesOnlyWhatCanBeUsed() throws {
    let normalization = Normalization(mean: [0.25, 1], standardDeviation: [0.5, 2])
    let json = try JSONEncoder().encode(normalization)
    #expect(try JSONDecoder().decode(Normalization.self, from: json) == normalization)
    for text in [
      #"{"mean":[0],"standardDeviation":[0]}"#, #"{"mean":[0],"standardDeviation":[1,1]}"#,
    ] {
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(Normalization.self, from: Data(text.utf8))
      }
    }
  }
}
