import Foundation
import TandemData
import TandemImage
import TandemTensor

/// The numbers that `Tests/Fixtures/TandemData/augmentation.py` got from Keras, torchvision and
/// Pillow.
struct AugmentationFixture: Decodable {
  struct Geometry: Decodable {
    let parameters: [String: Double]
    let fill: AugmentationFill
    let result: [Float]
  }
  struct Tone: Decodable {
    let name: String
    let value: Double
    /// The number of channels of the picture.
    let image: Int
    let result: [Float]
  }
  struct Resized: Decodable {
    /// Left, top, width, height.
    let part: [Int]
    let result: [Float]
  }
  struct Trivial: Decodable {
    let name: String
    let value: Double
    let result: [Float]
  }

  let square: [Float]
  let colours: [Float]
  let grey: [Float]
  let geometry: [Geometry]
  let tones: [Tone]
  let resized: [Resized]
  let trivial: [Trivial]

  static func load() throws -> AugmentationFixture {
    try JSONDecoder().decode(
      Self.self, from: Data(contentsOf: URL(filePath: fixture("augmentation.json"))))
  }
}

extension PictureTransform {
  /// `[C, H, W]` with levels from 0 to 255.
  func applied(to levels: [Float], of shape: Shape) -> [Float] {
    let image = levels.map { $0 / 255 }
    var result = [Float](repeating: .nan, count: shape[0] * size.pixelCount)
    apply(to: image, of: shape, into: &result)
    return result.map { $0 * 255 }
  }
}

func worstDifference(_ first: [Float], _ second: [Float]) -> Float {
  precondition(first.count == second.count)
  return zip(first, second).map { $0.isNaN || $1.isNaN ? .infinity : abs($0 - $1) }.max() ?? 0
}

/// An image of random levels, `[C, H, W]`.
func noise(_ shape: Shape, seed: UInt64 = 1) -> [Float] {
  var random = CounterRandom(seed: seed, purpose: .test).sequence(0)
  return (0..<shape.elementCount).map { _ in Float(random.nextWord() % 256) }
}

/// The same images in all epochs, of random levels.
func noisyDataset(_ count: Int, _ shape: Shape) -> InMemoryDataset {
  let pixels = noise(shape.batched(count)).map { UInt8($0) }
  return InMemoryDataset(
    name: "noise", imageShape: shape, classNames: ["a", "b"], pixels: .uint8(pixels),
    labels: (0..<count).map { Int32($0 % 2) })
}
