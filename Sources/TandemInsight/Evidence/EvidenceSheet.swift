import TandemImage

/// An image beside what in it speaks for each of some classes: the map over the image, and the map
/// alone below, with the scale of its colours.
package struct EvidenceSheet {
  package struct Column {
    /// The class and its probability: `tabby cat 93.1 %`.
    package let heading: String
    package let map: EvidenceMap

    package init(heading: String, map: EvidenceMap) {
      self.heading = heading
      self.map = map
    }
  }

  /// The image as the network sees it.
  package let image: Picture
  package let columns: [Column]
  /// How the maps were made: `Grad-CAM of layer4`.
  package let caption: String
  /// A share of a map's values that may be cut off at the top.
  package let cutOff: Double

  package init(image: Picture, columns: [Column], caption: String, cutOff: Double) {
    self.image = image
    self.columns = columns
    self.caption = caption
    self.cutOff = cutOff
  }

  private static let margin = 16
  private static let headingHeight = 24
  private static let scaleWidth = 60
  /// Small images are shown about this large.
  private static let wantedSide = 224

  private var factor: Int { max(1, Self.wantedSide / max(image.width, image.height)) }
  private var width: Int { factor * image.width }
  private var height: Int { factor * image.height }

  package var size: PictureSize {
    PictureSize(
      width: Self.margin + (columns.count + 1) * (max(width, 120) + Self.margin) + Self.scaleWidth,
      height: 2 * (height + Self.margin) + Self.headingHeight + Self.margin + 8)
  }

  /// - Throws: `DrawingError`, `PictureError`.
  package func encoded(as format: DrawingFormat) throws -> [UInt8] {
    let canvas = try Canvas(size: size, format: format)
    let pitch = max(width, 120) + Self.margin
    let top = Double(Self.margin + Self.headingHeight)
    let below = top + Double(height + Self.margin)
    func place(_ picture: Picture, column: Int, y: Double) {
      let x = Double(Self.margin + column * pitch)
      canvas.picture(picture, x: x, y: y, width: Double(width), height: Double(height))
      canvas.frame(x: x, y: y, width: Double(width), height: Double(height), .faint)
    }
    canvas.text("image", x: Double(Self.margin), y: top - 8)
    place(image, column: 0, y: top)
    for (number, line) in Self.wrapped(caption, canvas, to: Double(pitch - Self.margin))
      .enumerated()
    {
      canvas.text(line, x: Double(Self.margin), y: below + 14 + 17 * Double(number), size: 12)
    }
    for (number, column) in columns.enumerated() {
      let map = shown(column.map)
      canvas.text(
        canvas.shortened(column.heading, to: Double(pitch - 8)),
        x: Double(Self.margin + (number + 1) * pitch), y: top - 8)
      place(HeatScale.overlay(map.values, on: image), column: number + 1, y: top)
      place(HeatScale.picture(map.values, width: map.width), column: number + 1, y: below)
      if column.map.isEmpty {
        canvas.text(
          "nothing", x: Double(Self.margin + (number + 1) * pitch + width / 2),
          y: below + Double(height / 2), .paper, anchor: .middle)
      }
    }
    drawScale(canvas, x: Double(Self.margin + (columns.count + 1) * pitch), y: below)
    return try canvas.encoded()
  }

  /// The map in the image's size, 0…1.
  private func shown(_ map: EvidenceMap) -> EvidenceMap {
    let scaled = map.normalized(cuttingOff: cutOff)
    return scaled.height == image.height && scaled.width == image.width
      ? scaled : scaled.resized(height: image.height, width: image.width).normalized()
  }

  private func drawScale(_ canvas: Canvas, x: Double, y: Double) {
    for row in 0..<height {
      let value = 1 - Float(row) / Float(max(1, height - 1))
      canvas.fill(x: x, y: y + Double(row), width: 12, height: 1, HeatScale.colour(value))
    }
    canvas.frame(x: x, y: y, width: 12, height: Double(height), .faint)
    for (value, place) in [("most", 10.0), ("0", Double(height))] {
      canvas.text(value, x: x + 17, y: y + place, size: 11)
    }
  }

  private static func wrapped(_ text: String, _ canvas: Canvas, to room: Double) -> [String] {
    text.split(separator: " ").reduce(into: []) { (lines: inout [String], word) in
      let longer = lines.last.map { "\($0) \(word)" }
      if let longer, canvas.width(of: longer, size: 12) <= room {
        lines[lines.count - 1] = longer
      } else {
        lines.append(String(word))
      }
    }
  }
}
