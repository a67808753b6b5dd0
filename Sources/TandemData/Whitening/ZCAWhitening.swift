import CKernels
import TandemTensor

/// What makes the values of images uncorrelated and of variance 1, and changes the images as little
/// as can be: Keras' `zca_whitening` (Krizhevsky 2009, "Learning multiple layers of features from
/// tiny images", appendix A).
///
/// As a description for files it says which matrix it is by its digest, and the matrix stands
/// elsewhere. Two are equal if their digests are.
public struct ZCAWhitening: Sendable {
  /// Keras' `zca_epsilon`, beside the singular values.
  public let epsilon: Double
  /// The values of an image.
  public let count: Int
  let digest: String
  /// `[count, count]`; nil where only the description was read.
  package let matrix: WhiteningMatrix?

  init(epsilon: Double, matrix: WhiteningMatrix) {
    self.epsilon = epsilon
    count = matrix.count
    digest = matrix.digest
    self.matrix = matrix
  }

  private init(_ other: ZCAWhitening, matrix: WhiteningMatrix?) {
    epsilon = other.epsilon
    count = other.count
    digest = other.digest
    self.matrix = matrix
  }

  /// The same with its matrix; nil if that is another one.
  package func with(_ matrix: WhiteningMatrix) -> ZCAWhitening? {
    matrix.count == count && matrix.digest == digest ? ZCAWhitening(self, matrix: matrix) : nil
  }

  /// Multiplies an image with the matrix.
  /// - Parameter values: of the image.
  func apply(to image: UnsafeMutablePointer<Float>, count values: Int) {
    guard let matrix else { preconditionFailure("the matrix was not read") }
    precondition(values == count, "images of \(count) values were whitened, this one has \(values)")
    withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { whitened in
      tandem_whiten(whitened.baseAddress, matrix.elements.baseAddress, image, count)
      if let base = whitened.baseAddress { image.update(from: base, count: count) }
    }
  }

  /// `ZCA whitening (epsilon 1e-06, digest …)`
  var text: String { "ZCA whitening (epsilon \(epsilon), digest \(digest))" }
}

extension ZCAWhitening: Hashable {
  public static func == (left: ZCAWhitening, right: ZCAWhitening) -> Bool {
    (left.epsilon, left.count, left.digest) == (right.epsilon, right.count, right.digest)
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}

extension ZCAWhitening: Codable {
  private enum CodingKeys: CodingKey {
    case epsilon, count, digest
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    epsilon = try container.decode(Double.self, forKey: .epsilon)
    count = try container.decode(Int.self, forKey: .count)
    digest = try container.decode(String.self, forKey: .digest)
    matrix = nil
    guard (1...Self.mostValues).contains(count) else {
      throw DecodingError.dataCorruptedError(
        forKey: .count, in: container,
        debugDescription: "images have 1 to \(Self.mostValues) values")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(epsilon, forKey: .epsilon)
    try container.encode(count, forKey: .count)
    try container.encode(digest, forKey: .digest)
  }
}
