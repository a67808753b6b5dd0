import TandemData
import TestSupport
import Testing

/// A share of each class of the training images in the place of the test images.
@Suite struct ValidationSplitTests {
  /// Image i has the one pixel i.
  private func pair(_ labels: [Int32], classes: Int = 3) -> DatasetPair {
    func dataset(_ labels: [Int32]) -> InMemoryDataset {
      InMemoryDataset(
        name: "numbers", imageShape: [1, 1, 1], classNames: (0..<classes).map { "class \($0)" },
        pixels: .float32(labels.indices.map { Float($0) }), labels: labels)
    }
    return DatasetPair(train: dataset(labels), test: dataset([0]))
  }

  /// The pixels of all images, by which they are told apart.
  private func places(_ dataset: any Dataset) throws -> [Int] {
    try (0..<dataset.count).map { index in
      var pixel: Float = 0
      try dataset.copyImage(index, normalization: .unitScale(channels: 1), into: &pixel)
      return Int(pixel)
    }
  }

  private let labels: [Int32] = (0..<30).map { [0, 1, 0, 2, 0][$0 % 5] }

  /// On every machine, with every version of Swift: the numbers are those of another program.
  @Test func takesTheseImages() throws {
    let split = try pair(labels).splittingValidation(share: 0.2)
    #expect(split.measuredPart == .validation)
    #expect(try places(split.test) == [0, 4, 6, 7, 23, 24])
    #expect(
      try places(pair(labels).splittingValidation(share: 0.2, seed: 1).test)
        == [0, 18, 20, 22, 25, 26])
  }

  @Test func dividesEachClass() throws {
    let split = try pair(labels).splittingValidation(share: 0.2)
    let (learned, measured) = (try places(split.train), try places(split.test))
    #expect(learned.count == 24 && (learned + measured).sorted() == Array(0..<30))
    #expect(learned == learned.sorted())
    func counts(_ dataset: any Dataset) -> [Int] {
      (0..<dataset.count).reduce(into: [0, 0, 0]) { $0[Int(dataset.label($1))] += 1 }
    }
    #expect(counts(split.train) == [14, 5, 5] && counts(split.test) == [4, 1, 1])
    #expect(learned.enumerated().allSatisfy { split.train.label($0) == labels[$1] })
    // Limits come after the split and do not change it.
    #expect(try places(split.limited(train: 5, test: 2).train) == Array(learned.prefix(5)))
  }

  /// Other images are other data for checkpoints and ranks.
  @Test func hasADigestOfItsOwn() throws {
    let digests = try [UInt64(0), 1, 2].map {
      try pair(labels).splittingValidation(share: 0.2, seed: $0).train.fingerprint().contentsText
    }
    #expect(Set(digests).count == 3)
    #expect(
      try digests[0]
        == pair(labels).splittingValidation(share: 0.2).train.fingerprint().contentsText)
    #expect(try pair(labels).train.fingerprint().contentsText != digests[0])
  }

  /// Statistics are those of the images that are learned from.
  @Test func momentsAreOfTheRest() throws {
    let split = try pair(labels).splittingValidation(share: 0.2)
    let learned = try places(split.train)
    let mean = Double(learned.reduce(0, +)) / Double(learned.count)
    #expect(abs(try split.train.channelMoments()[0].mean - mean) < 1e-9)
  }

  @Test func classesMustHaveTwoImages() throws {
    #expect(
      message { _ = try pair([0, 0, 1, 2, 2]).splittingValidation(share: 0.2) }
        == "numbers: the class class 1 has a single image, so that a split for validation leaves one "
        + "side without any of it; add others, remove it, or train without `validationShare`")
    // A class that was empty before stays so; others give one image at least and never all.
    let split = try pair([0, 0, 2, 2]).splittingValidation(share: 0.99)
    #expect(split.train.count == 2 && split.test.count == 2)
  }
}
