/// A part of a picture whose edges may be within pixels; x grows to the right and y downwards, and
/// whole numbers are the edges of pixels.
package struct PictureArea: Hashable, Sendable {
  package let x: Double
  package let y: Double
  package let width: Double
  package let height: Double

  package init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  package init(_ rectangle: PixelRectangle) {
    self.init(
      x: Double(rectangle.x), y: Double(rectangle.y), width: Double(rectangle.width),
      height: Double(rectangle.height))
  }

  /// The same pixels in the same number of rows and columns; nil where edges are within pixels.
  var rectangle: PixelRectangle? {
    guard let x = Int(exactly: x), let y = Int(exactly: y), let width = Int(exactly: width),
      let height = Int(exactly: height)
    else { return nil }
    return PixelRectangle(x: x, y: y, width: width, height: height)
  }

  /// Whether it has an area, and only such as a picture of this size has.
  func isInside(_ size: PictureSize) -> Bool {
    x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= Double(size.width)
      && y + height <= Double(size.height)
  }

  /// The same part of the picture where it was read at a `divisor`th of its size. The last pixels
  /// of such a picture may stand for fewer than the others.
  /// - Parameter size: of the picture as it was read.
  package func reduced(by divisor: Int, in size: PictureSize) -> PictureArea {
    let factor = 1 / Double(divisor)
    let (x, y) = (x * factor, y * factor)
    return PictureArea(
      x: x, y: y, width: min(width * factor, Double(size.width) - x),
      height: min(height * factor, Double(size.height) - y))
  }
}
