/// A width and a height in pixels.
public struct PictureSize: Hashable, Sendable, Codable {
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
  public var transposed: PictureSize { PictureSize(width: height, height: width) }
}

extension PictureSize: CustomStringConvertible {
  public var description: String { "\(width)×\(height)" }
}
