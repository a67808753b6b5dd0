import CKernels
import TandemTensor

extension ZCAWhitening {
  /// Images with more values would have a matrix that takes many minutes: 3072 are [3, 32, 32].
  package static let mostValues = 3072
  /// More images would tell much the same, and take minutes.
  private static let mostMeasured = 10_000
  /// Images whose products are added in one go.
  private static let group = 16

  /// The whitening of a data set's images, which are normalised first.
  ///
  /// With the eigenvectors z and eigenvalues λ of the second moments of N images, x ↦ Σ z zᵀx / (√λ
  /// + ε/√N): Keras' matrix, whose singular values are √(Nλ). All sums have one order.
  ///
  /// - Parameters:
  ///   - dataset: the training images only; of more than 10,000 as many are looked at, evenly
  ///     chosen.
  ///   - normalization: has mean 0 for each channel; what it does to each image by itself counts.
  /// - Throws: `WhiteningError`, `MemoryError`; what the data set throws.
  package init(
    of dataset: any Dataset, _ normalization: Normalization, epsilon: Double
  ) throws {
    let values = dataset.imageShape.elementCount
    guard values <= Self.mostValues else { throw WhiteningError.tooLarge(dataset.imageShape) }
    guard epsilon > 0, epsilon.isFinite else { throw WhiteningError.epsilon(epsilon) }
    try MemoryLimits.require(
      bytes: 2 * values * values * MemoryLayout<Double>.size, purpose: "the whitening of images")
    let images = min(dataset.count, Self.mostMeasured)
    var moments = try Self.moments(of: dataset, normalization, images: images)
    var vectors = [Double](repeating: 0, count: values * values)
    var eigenvalues = [Double](repeating: 0, count: values)
    guard tandem_symmetric_eigen(&moments, &vectors, &eigenvalues, values) == 0 else {
      throw WhiteningError.notFinite(dataset: dataset.name)
    }
    for row in 0..<values {
      let deviation = max(0, eigenvalues[row]).squareRoot()
      let scale = 1 / (deviation + epsilon / Double(images).squareRoot())
      let root = scale.squareRoot()
      for column in row * values..<(row + 1) * values { vectors[column] *= root }
    }
    let matrix = try WhiteningMatrix(count: values)
    for index in moments.indices { moments[index] = 0 }
    tandem_add_products(&moments, vectors, values, values)
    for row in 0..<values {
      for column in row..<values {
        let element = Float(moments[row * values + column])
        guard element.isFinite else { throw WhiteningError.notFinite(dataset: dataset.name) }
        matrix.elements[row * values + column] = element
        matrix.elements[column * values + row] = element
      }
    }
    self.init(epsilon: epsilon, matrix: matrix)
  }

  /// The mean product of each pair of an image's values, `[values, values]`.
  private static func moments(
    of dataset: any Dataset, _ normalization: Normalization, images: Int
  ) throws -> [Double] {
    let values = dataset.imageShape.elementCount
    var sums = [Double](repeating: 0, count: values * values)
    var image = [Float](repeating: 0, count: values)
    for first in stride(from: 0, to: images, by: group) {
      var rows: [Double] = []
      for number in first..<min(images, first + group) {
        try dataset.readImage(
          number * dataset.count / images, normalization: normalization, into: &image)
        rows += image.lazy.map(Double.init)
      }
      tandem_add_products(&sums, rows, rows.count / values, values)
    }
    for row in 0..<values {
      for column in row..<values {
        let mean = sums[row * values + column] / Double(images)
        sums[row * values + column] = mean
        sums[column * values + row] = mean
      }
    }
    return sums
  }
}
