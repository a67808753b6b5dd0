import Foundation
import TandemTensor

/// The built-in data set: circles, rectangles and triangles as if drawn by hand with a dark pen on
/// white paper, 24×24, grey. Wobbly outlines of varying position, size, proportion, rotation and
/// pen, that do not always close neatly.
///
/// Each image is a pure function of (seed, index), so a machine without a network has data to train
/// with, in any number, the same everywhere.
package struct ShapesGenerator: Sendable {
  package static let imageShape: Shape = [1, 24, 24]
  package static let classNames = ["circle", "rectangle", "triangle"]

  /// How many images `shapes` stands for, if the user does not say.
  package static let defaultTrainCount = 6000
  package static let defaultTestCount = 1000
  /// Test images are counted from here, so that they are none of the training images.
  package static let firstTestIndex = 1 << 31

  package let seed: UInt64

  package init(seed: UInt64 = 0) {
    self.seed = seed
  }

  /// What image `index` shows; the classes take turns.
  package func label(_ index: Int) -> Int32 {
    Int32(index % Self.classNames.count)
  }

  /// Image `index` as `[1, 24, 24]` bytes: 255 is the paper, darker values are ink.
  /// - Parameter index: in `0..<2³²`.
  package func image(_ index: Int) -> [UInt8] {
    var random = CounterRandom(seed: seed, purpose: .generatedData).sequence(UInt32(index))
    let outline =
      switch label(index) {
      case 0: Outline.circle(&random)
      case 1: Outline.rectangle(&random)
      default: Outline.triangle(&random)
      }
    return Pen(&random).draw(
      outline.placed(&random), height: Self.imageShape[1], width: Self.imageShape[2])
  }

  /// Images `indices` with their labels.
  package func dataset(_ indices: Range<Int>) -> InMemoryDataset {
    let size = Self.imageShape.elementCount
    let pixels = [UInt8](count: indices.count * size) { memory in
      for (position, index) in indices.enumerated() {
        let place = UnsafeMutableRawBufferPointer(
          rebasing: memory[position * size..<(position + 1) * size])
        place.copyBytes(from: image(index))
      }
    }
    return InMemoryDataset(
      name: "shapes", imageShape: Self.imageShape, classNames: Self.classNames,
      pixels: .uint8(pixels), labels: indices.map(label))
  }

  /// Reads `shapes`, `shapes:TRAIN,TEST` or `shapes:TRAIN,TEST,SEED`.
  /// - Throws: `DataError` if it is none of these, or a count is not in 1…2³¹; `MemoryError`.
  static func load(_ specification: String) throws -> DatasetPair {
    var (train, test, seed) = (defaultTrainCount, defaultTestCount, 0 as UInt64)
    if let colon = specification.firstIndex(of: ":") {
      let fields = specification[specification.index(after: colon)...]
        .split(separator: ",", omittingEmptySubsequences: false)
      let counts = fields.prefix(2).compactMap { Int($0) }
      let seeds = fields.dropFirst(2).compactMap { UInt64($0) }
      guard (2...3).contains(fields.count), counts.count == 2, seeds.count == fields.count - 2,
        counts.allSatisfy({ (1...firstTestIndex).contains($0) })
      else {
        throw DataError(
          path: specification,
          fact: .malformedGenerator(
            expected: "shapes:TRAIN,TEST with the numbers of images, at least 1, "
              + "for example shapes:6000,1000"))
      }
      (train, test, seed) = (counts[0], counts[1], seeds.first ?? 0)
    }
    // One byte for each pixel, and a label.
    try MemoryLimits.require(
      bytes: (train + test) * (imageShape.elementCount + MemoryLayout<Int32>.size),
      purpose: "images of \(specification)", use: .generatedImages)
    let generator = ShapesGenerator(seed: seed)
    return DatasetPair(
      train: generator.dataset(0..<train),
      test: generator.dataset(firstTestIndex..<firstTestIndex + test))
  }
}
