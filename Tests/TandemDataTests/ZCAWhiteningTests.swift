import CKernels
import Foundation
import TandemData
import TandemTensor
import TestSupport
import Testing

@Suite("ZCA whitening")
struct ZCAWhiteningTests {
  /// From Tests/Fixtures/TandemData/zca_whitening.py.
  private struct Golden: Decodable {
    let epsilon: Double
    let images: [Float]
    /// The first four.
    let whitened: [Float]
  }

  private static let shape: Shape = [3, 3, 2]

  private func dataset(_ images: [Float], _ shape: Shape) -> InMemoryDataset {
    let count = images.count / shape.elementCount
    return InMemoryDataset(
      name: "images", imageShape: shape, classNames: ["a"], pixels: .float32(images),
      labels: [Int32](repeating: 0, count: count))
  }

  private func centred(_ dataset: InMemoryDataset) throws -> Normalization {
    Normalization(
      mean: try Normalization.statistics(of: dataset).mean,
      standardDeviation: [Float](repeating: 1, count: dataset.imageShape[0]))
  }

  private func whitened(
    _ dataset: InMemoryDataset, epsilon: Double, first count: Int
  ) throws -> [Float] {
    let centred = try centred(dataset)
    let normalization = try centred.with(ZCAWhitening(of: dataset, centred, epsilon: epsilon))
    return try (0..<count).flatMap { index in
      var image = [Float](repeating: .nan, count: dataset.imageShape.elementCount)
      try dataset.readImage(index, normalization: normalization, into: &image)
      return image
    }
  }

  @Test("images are those of Keras")
  func keras() throws {
    let url = URL(filePath: fixture("zca_whitening.json"))
    let golden = try JSONDecoder().decode([Golden].self, from: Data(contentsOf: url))
    #expect(golden.count == 3)
    for example in golden {
      let dataset = dataset(example.images, Self.shape)
      let found = try whitened(dataset, epsilon: example.epsilon, first: 4)
      let worst = zip(found, example.whitened).map { abs($0 - $1) }.max() ?? 1
      #expect(worst < 2e-3 * (example.whitened.map(abs).max() ?? 0), "\(worst)")
      // Another epsilon would be noticed.
      let other = try whitened(dataset, epsilon: example.epsilon + 0.5, first: 4)
      #expect((zip(other, example.whitened).map { abs($0 - $1) }.max() ?? 0) > 2 * worst)
    }
  }

  /// Second moments of whitened images are 1 and 0.
  @Test("values are uncorrelated", arguments: [[1, 5, 5], [3, 8, 8]] as [Shape])
  func uncorrelated(shape: Shape) throws {
    var random = CounterRandom(seed: 2, purpose: .test).sequence(0)
    let (values, count) = (shape.elementCount, 600)
    var images: [Float] = []
    for _ in 0..<count {
      var level: Float = 0
      for _ in 0..<values {
        level = 0.8 * level + random.normal()
        images.append(level)
      }
    }
    let white = try whitened(dataset(images, shape), epsilon: 1e-6, first: count)
    for (first, second) in [(0, 0), (0, 1), (3, 4), (values - 1, values - 1), (2, values - 1)] {
      let product =
        (0..<count).map {
          Double(white[$0 * values + first]) * Double(white[$0 * values + second])
        }.reduce(0, +) / Double(count)
      #expect(abs(product - (first == second ? 1 : 0)) < 1e-3, "\(first), \(second): \(product)")
    }
  }

  @Test("eigenvectors turn a matrix into its eigenvalues", arguments: [1, 2, 3, 17, 60, 130])
  func eigenvectors(count: Int) {
    for (number, rank) in [count, max(1, count / 2), 1].enumerated() {
      var random = CounterRandom(seed: 3, purpose: .test).sequence(UInt32(number))
      let rows = (0..<rank * count).map { _ in Double(random.normal()) }
      var products = [Double](repeating: 0, count: count * count)
      tandem_add_products(&products, rows, rank, count)
      var matrix = products
      for row in 0..<count {
        for column in row..<count {
          let sum = (0..<rank).map { rows[$0 * count + row] * rows[$0 * count + column] }
            .reduce(0, +)
          #expect(abs(products[row * count + column] - sum) < 1e-10 * Double(count))
          matrix[row * count + column] = sum
          matrix[column * count + row] = sum
        }
      }
      let whole = matrix
      var vectors = [Double](repeating: 0, count: count * count)
      var values = [Double](repeating: 0, count: count)
      #expect(tandem_symmetric_eigen(&matrix, &vectors, &values, count) == 0)
      let tolerance = 1e-12 * (values.max() ?? 1) * Double(count)
      for value in 0..<count {
        let vector = vectors[value * count..<(value + 1) * count].map(\.self)
        for row in 0..<count {
          let product = (0..<count).map { whole[row * count + $0] * vector[$0] }.reduce(0, +)
          #expect(abs(product - values[value] * vector[row]) < tolerance)
        }
        for other in 0...value {
          let product = (0..<count).map { vector[$0] * vectors[other * count + $0] }.reduce(0, +)
          #expect(abs(product - (other == value ? 1 : 0)) < 1e-12 * Double(count))
        }
      }
    }
  }

  @Test("a description knows its matrix")
  func description() throws {
    var random = CounterRandom(seed: 4, purpose: .test).sequence(0)
    let images = (0..<40 * 12).map { _ in random.normal() }
    let dataset = dataset(images, [3, 2, 2])
    let centred = try centred(dataset)
    let one = try ZCAWhitening(of: dataset, centred, epsilon: 0.1)
    #expect(try ZCAWhitening(of: dataset, centred, epsilon: 0.1) == one)
    let other = try ZCAWhitening(of: dataset, centred, epsilon: 0.2)
    #expect(other != one)
    let normalization = centred.with(one)
    let data = try JSONEncoder().encode(normalization)
    #expect(data.count < 1000)
    let read = try JSONDecoder().decode(Normalization.self, from: data)
    #expect(read == normalization && read.whitening?.matrix == nil)
    let (matrix, wrong) = (try #require(one.matrix), try #require(other.matrix))
    #expect(read.whitening?.with(matrix)?.matrix != nil)
    #expect(read.whitening?.with(wrong) == nil)
    #expect(normalization.fits([3, 2, 2]) && !normalization.fits([3, 2, 3]))
  }

  @Test("what takes too much, or cannot be, is refused")
  func refused() throws {
    let large = dataset([Float](repeating: 0, count: 3 * 33 * 32), [3, 33, 32])
    let unit = Normalization.unitScale(channels: 3)
    #expect(
      message { _ = try ZCAWhitening(of: large, unit, epsilon: 1e-6) }
        == "ZCA whitening of images [3, 33, 32] takes a matrix of 3168 × 3168 numbers, and images may "
        + "have 3072 values; use smaller images or another `normalization`")
    let small = dataset([0, 1, 2, .nan, 1, 1], [3, 1, 1])
    #expect(
      message { _ = try ZCAWhitening(of: small, unit, epsilon: 0) }
        == "ZCA whitening cannot have the epsilon 0.0; use a number above 0")
    #expect(
      message { _ = try ZCAWhitening(of: small, unit, epsilon: 0.1) }?
        .contains("ZCA whitening of images leads beyond all numbers") == true)
  }
}
