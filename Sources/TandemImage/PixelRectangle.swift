/// A part of a picture, in whole pixels; x grows to the right and y downwards.
public struct PixelRectangle: Hashable, Sendable, Codable {
  public var x: Int
  public var y: Int
  public var width: Int
  public var height: Int

  public init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// All of a picture of this size.
  public init(all size: PictureSize) {
    self.init(x: 0, y: 0, width: size.width, height: size.height)
  }

  public var size: PictureSize { PictureSize(width: width, height: height) }

  /// Whether it has pixels, and only such that a picture of this size has.
  public func isInside(_ size: PictureSize) -> Bool {
    x >= 0 && y >= 0 && width > 0 && height > 0 && width <= size.width && height <= size.height
      && x <= size.width - width && y <= size.height - height
  }
}
