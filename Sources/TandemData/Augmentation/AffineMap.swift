import Foundation

/// Where the pixels of a new image are in an old one: x' = xx·x + xy·y + x0, y' = yx·x + yy·y + y0.
/// Whole numbers are the centres of pixels; x grows to the right and y downwards.
package struct AffineMap: Hashable, Sendable {
  package var xx, xy, x0: Double
  package var yx, yy, y0: Double

  package static let identity = AffineMap(xx: 1, xy: 0, x0: 0, yx: 0, yy: 1, y0: 0)

  package init(xx: Double, xy: Double, x0: Double, yx: Double, yy: Double, y0: Double) {
    (self.xx, self.xy, self.x0) = (xx, xy, x0)
    (self.yx, self.yy, self.y0) = (yx, yy, y0)
  }

  /// The new image is the old one turned to the left by `degrees` around (0, 0).
  package static func rotation(degrees: Double) -> AffineMap {
    let (sine, cosine) = (sin(degrees * .pi / 180), cos(degrees * .pi / 180))
    return AffineMap(xx: cosine, xy: -sine, x0: 0, yx: sine, yy: cosine, y0: 0)
  }

  package static func shift(x: Double, y: Double) -> AffineMap {
    AffineMap(xx: 1, xy: 0, x0: x, yx: 0, yy: 1, y0: y)
  }

  /// Keras' shear by an angle: rows shift by its sine, and come closer by its cosine.
  package static func shear(degrees: Double) -> AffineMap {
    let (sine, cosine) = (sin(degrees * .pi / 180), cos(degrees * .pi / 180))
    return AffineMap(xx: 1, xy: -sine, x0: 0, yx: 0, yy: cosine, y0: 0)
  }

  /// Factors below 1 enlarge what is in the image.
  package static func zoom(x: Double, y: Double) -> AffineMap {
    AffineMap(xx: x, xy: 0, x0: 0, yx: 0, yy: y, y0: 0)
  }

  /// Left and right of an image exchanged.
  package static func mirror(width: Int) -> AffineMap {
    AffineMap(xx: -1, xy: 0, x0: Double(width - 1), yx: 0, yy: 1, y0: 0)
  }

  /// Top and bottom of an image exchanged.
  package static func flip(height: Int) -> AffineMap {
    AffineMap(xx: 1, xy: 0, x0: 0, yx: 0, yy: -1, y0: Double(height - 1))
  }

  /// The new image of this map, taken as the old one of `next`; their matrices' product.
  package func then(_ next: AffineMap) -> AffineMap {
    AffineMap(
      xx: xx * next.xx + xy * next.yx, xy: xx * next.xy + xy * next.yy,
      x0: xx * next.x0 + xy * next.y0 + x0,
      yx: yx * next.xx + yy * next.yx, yy: yx * next.xy + yy * next.yy,
      y0: yx * next.x0 + yy * next.y0 + y0)
  }

  /// The same with (x, y) in the place of (0, 0).
  package func around(x: Double, y: Double) -> AffineMap {
    AffineMap.shift(x: x, y: y).then(self).then(.shift(x: -x, y: -y))
  }

  /// For C.
  var elements: [Double] { [xx, xy, x0, yx, yy, y0] }
}
