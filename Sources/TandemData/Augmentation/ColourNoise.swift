import TandemTensor

/// Noise along the principal axes of a data set's colours, one draw of three numbers for each
/// picture, as AlexNet's authors added it (Krizhevsky et al. 2012, section 4.1).
///
/// With the eigenvectors p and eigenvalues λ of the covariance of red, green and blue over all
/// pixels, in 0…1, all pixels of a picture get p₁α₁λ₁ + p₂α₂λ₂ + p₃α₃λ₃, where the α are normal.
public struct ColourNoise: Codable, Hashable, Sendable {
  /// Standard deviation of the α; 0.1 in the paper.
  public var deviation: Double
  /// The eigenvectors, each times its eigenvalue, the largest first; nil until they are measured.
  public var axes: [[Double]]?

  public init(deviation: Double = 0.1) {
    self.deviation = deviation
  }

  /// The same with the axes of a data set's colours.
  ///
  /// - Parameter dataset: of images with three channels, the training images only; of more than
  ///   10,000 as many are looked at, evenly chosen.
  /// - Throws: what the data set throws.
  public func measured(on dataset: any Dataset) throws -> ColourNoise {
    var noise = self
    let eigen = SymmetricEigen(try Self.covariance(of: dataset))
    noise.axes = zip(eigen.values, eigen.vectors).map { value, vector in
      vector.map { $0 * max(0, value) }
    }
    return noise
  }

  func draw(_ axes: [[Double]], _ random: inout CounterRandom.Sequence) -> [Double] {
    let strengths = axes.map { _ in Double(random.normal()) * deviation }
    return (0..<3).map { channel in
      zip(axes, strengths).reduce(0) { $0 + $1.0[channel] * $1.1 }
    }
  }

  private static let mostMeasured = 10_000

  /// The covariance of the channels over all pixels.
  static func covariance(of dataset: any Dataset) throws -> [[Double]] {
    precondition(dataset.imageShape[0] == 3, "\(dataset.imageShape)")
    let plane = dataset.imageShape.elementCount / 3
    let chosen = min(dataset.count, mostMeasured)
    var sums = [0.0, 0, 0]
    var products = [[Double]](repeating: [0, 0, 0], count: 3)
    try withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * plane) { image in
      guard let base = image.baseAddress else { return }
      for number in 0..<chosen {
        try dataset.readImage(
          number * dataset.count / chosen, normalization: .unitScale(channels: 3), into: base)
        for pixel in 0..<plane {
          let colour = SIMD3(
            Double(base[pixel]), Double(base[plane + pixel]), Double(base[2 * plane + pixel]))
          for row in 0..<3 {
            sums[row] += colour[row]
            for column in row..<3 { products[row][column] += colour[row] * colour[column] }
          }
        }
      }
    }
    let count = Double(max(1, chosen * plane))
    return (0..<3).map { row in
      (0..<3).map { column in
        products[min(row, column)][max(row, column)] / count
          - sums[row] / count * (sums[column] / count)
      }
    }
  }
}
