/// A width and a height in pixels.
public struct Size2D: Hashable, Sendable, Codable {
  public var width: Int
  public var height: Int

  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// A square.
  public init(_ side: Int) {
    self.init(width: side, height: side)
  }

  public var pixelCount: Int { width * height }

  /// Rows as columns and columns as rows.
  public var transposed: Size2D { Size2D(width: height, height: width) }
}

extension Size2D: CustomStringConvertible {
  public var description: String { "\(width)×\(height)" }
}
