/// The extents of an array, outermost first: `[N, C, H, W]` for a batch of images, `[C, H, W]` for
/// one image, `[F]` for one vector of features.
public struct Shape: Hashable, Sendable {
  public var dimensions: [Int]

  public init(_ dimensions: [Int]) {
    self.dimensions = dimensions
  }

  public var rank: Int { dimensions.count }

  /// The number of elements of an array of this shape; 1 for the empty shape of a scalar.
  public var elementCount: Int { dimensions.reduce(1, *) }

  public subscript(axis: Int) -> Int { dimensions[axis] }

  /// This shape with a batch axis in front: `[C, H, W]` → `[N, C, H, W]`.
  public func batched(_ images: Int) -> Shape { Shape([images] + dimensions) }
}

extension Shape: ExpressibleByArrayLiteral {
  public init(arrayLiteral elements: Int...) { self.init(elements) }
}

extension Shape: CustomStringConvertible {
  public var description: String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }

  /// With a batch axis of any length in front: `[N, C, H, W]` for `[C, H, W]`.
  package var batchedDescription: String {
    "[" + (["N"] + dimensions.map(String.init)).joined(separator: ", ") + "]"
  }
}

extension Shape: Codable {
  public init(from decoder: any Decoder) throws {
    dimensions = try decoder.singleValueContainer().decode([Int].self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(dimensions)
  }
}
