import TandemTensor

/// Rows and columns: of a map, a kernel, a stride. A literal `5` is 5×5.
public struct Size2D: Hashable, Sendable {
  public var height: Int
  public var width: Int

  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// A square: as many rows as columns.
  public init(_ side: Int) {
    self.init(height: side, width: side)
  }

  /// The rows and columns of `[C, H, W]` maps.
  public init(maps: Shape) {
    precondition(maps.rank == 3, "\(maps) is no [C, H, W]")
    self.init(height: maps[1], width: maps[2])
  }
}

extension Size2D: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int) { self.init(value) }
}

extension Size2D: CustomStringConvertible {
  public var description: String { "\(height)×\(width)" }

  /// The size as Swift source: `5` or `Size2D(height: 1, width: 7)`.
  var sourceText: String {
    height == width ? "\(height)" : "Size2D(height: \(height), width: \(width))"
  }
}

/// The size in files: `[height, width]`.
extension Size2D: Codable {
  public init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    self.init(height: try container.decode(Int.self), width: try container.decode(Int.self))
    if !container.isAtEnd {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "a size is [height, width]")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    try container.encode(height)
    try container.encode(width)
  }
}
