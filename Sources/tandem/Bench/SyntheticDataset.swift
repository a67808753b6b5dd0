import Tandem

/// Random pixels and labels, for measuring speed: any number of images, of which only a few
/// different ones are in memory.
struct SyntheticDataset: Dataset {
  let name = "synthetic"
  let isInMemory = true
  let count: Int
  let imageShape: Shape
  let classNames: [String]
  private let images: InMemoryDataset

  /// - Throws: `MemoryError`.
  init(count: Int, imageShape: Shape, classes: Int, seed: UInt64) throws {
    let different = min(count, 256)
    try MemoryLimits.require(
      bytes: different * imageShape.elementCount, purpose: "images", use: .computation)
    var random = CounterRandom(seed: seed, purpose: .generatedData).sequence(0)
    self.count = count
    self.imageShape = imageShape
    classNames = (0..<classes).map { "class \($0)" }
    images = InMemoryDataset(
      name: name, imageShape: imageShape, classNames: classNames,
      pixels: .uint8(
        (0..<different * imageShape.elementCount).map { _ in
          UInt8(truncatingIfNeeded: random.nextWord())
        }),
      labels: (0..<different).map { _ in Int32.random(in: 0..<Int32(classes), using: &random) })
  }

  private init(_ base: SyntheticDataset, count: Int) {
    self.count = count
    imageShape = base.imageShape
    classNames = base.classNames
    images = base.images
  }

  func prefix(_ maximumCount: Int) -> SyntheticDataset {
    SyntheticDataset(self, count: min(count, maximumCount))
  }

  func copyImage(
    _ index: Int, normalization: Normalization, into destination: UnsafeMutablePointer<Float>
  ) {
    images.copyImage(index % images.count, normalization: normalization, into: destination)
  }

  /// The images in memory stand for all.
  func fingerprint() -> DatasetFingerprint {
    DatasetFingerprint(
      images: count, imageShape: imageShape, classNames: classNames,
      contents: images.fingerprint().digest)
  }

  func label(_ index: Int) -> Int32 { images.label(index % images.count) }
}
