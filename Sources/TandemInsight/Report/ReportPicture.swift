import Foundation
import TandemImage

/// Pictures that are in the page itself.
package enum ReportPicture {
  /// Pixels of the longer side that pictures are made smaller to.
  private static let most = 160
  /// Pixels that small ones are enlarged to, at least, for maps over them.
  private static let least = 96
  /// What larger photographs become JPEG at.
  private static let quality = 85

  /// An `img` of a picture as it is, made smaller if it is large.
  /// - Throws: `PictureError`.
  package static func node(_ picture: Picture, alt: String) throws -> HTMLNode {
    let longest = max(picture.width, picture.height)
    if longest <= 64 { return image(try PictureEncoder.png(picture), "png", alt, isSmall: true) }
    return try photograph(smaller(picture), alt: alt)
  }

  /// An `img` of a picture with a map over it.
  /// - Parameter map: 0…1, of any size.
  /// - Throws: `PictureError`.
  package static func node(
    _ picture: Picture, below map: EvidenceMap, cutOff: Double, alt: String
  ) throws -> HTMLNode {
    let base = larger(smaller(picture))
    let values = map.normalized(cuttingOff: cutOff).resized(height: base.height, width: base.width)
      .normalized().values
    return try photograph(HeatScale.overlay(values, on: base), alt: alt)
  }

  private static func photograph(_ picture: Picture, alt: String) throws -> HTMLNode {
    image(
      try PictureEncoder.jpeg(picture, quality: quality, fullColour: true), "jpeg", alt,
      isSmall: false)
  }

  /// An `img` of a drawing.
  package static func drawing(_ png: [UInt8], alt: String) -> HTMLNode {
    image(png, "png", alt, isSmall: false)
  }

  private static func image(
    _ bytes: [UInt8], _ format: String, _ alt: String, isSmall: Bool
  ) -> HTMLNode {
    .element(
      "img",
      [
        "src": "data:image/\(format);base64," + Data(bytes).base64EncodedString(), "alt": alt,
        "class": isSmall ? "small" : nil,
      ])
  }

  private static func smaller(_ picture: Picture) -> Picture {
    let longest = max(picture.width, picture.height)
    guard longest > most else { return picture }
    let scale = Double(most) / Double(longest)
    func side(_ length: Int) -> Int { max(1, Int((scale * Double(length)).rounded())) }
    return picture.resized(
      to: PictureSize(width: side(picture.width), height: side(picture.height)))
  }

  /// By a whole factor, so that each pixel stays a square.
  private static func larger(_ picture: Picture) -> Picture {
    let longest = max(picture.width, picture.height)
    guard longest < least else { return picture }
    let factor = (least + longest - 1) / longest
    return picture.resized(
      to: PictureSize(width: factor * picture.width, height: factor * picture.height),
      filter: .nearest)
  }
}
