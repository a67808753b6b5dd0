import Foundation
import TandemImage
import TestSupport
import Testing

@Suite("Parts of pictures")
struct PicturePartTests {
  private let slope: Picture

  init() throws {
    slope = try PictureDecoder.decode(bytes(of: fixturePath("TandemImage/slope.png")))
  }

  private static let sizes = [
    PictureSize(9), PictureSize(width: 40, height: 30), PictureSize(width: 7, height: 20),
    PictureSize(width: 100, height: 80),
  ]

  /// As `img.crop(…).resize(…, BILINEAR)` of Pillow, which resizing by itself is compared with.
  @Test("whole pixels are those of the part cut out before", arguments: sizes)
  func wholePixels(size: PictureSize) {
    for part in [
      PixelRectangle(x: 3, y: 2, width: 20, height: 25),
      PixelRectangle(x: 0, y: 0, width: 40, height: 30), PixelRectangle(all: slope.size),
      PixelRectangle(x: slope.width - 9, y: slope.height - 20, width: 9, height: 20),
    ] {
      let found = slope.resized(PictureArea(part), to: size)
      #expect(found == slope.cropped(to: part).resized(to: size))
      // Pixels beside the part would show at its edges.
      let more = PixelRectangle(
        x: max(0, part.x - 1), y: part.y, width: part.width, height: part.height)
      if more != part { #expect(found != slope.resized(PictureArea(more), to: size)) }
    }
  }

  private static let areas = [
    PictureArea(x: 3.5, y: 2.25, width: 20.5, height: 25),
    PictureArea(x: 0, y: 0.125, width: 37.75, height: 30.5),
    PictureArea(x: 10.5, y: 7.5, width: 3.25, height: 2.125),
  ]

  /// One channel of a part by its definition, in double precision and without rounding between:
  /// weights of a triangle as wide as a new pixel, over the old pixels that the part touches.
  private func reference(_ area: PictureArea, _ size: PictureSize, channel: Int) -> [Double] {
    func weights(_ start: Double, _ length: Double, _ new: Int, _ old: Int) -> [[Double]] {
      let scale = length / Double(new)
      let width = max(scale, 1)
      let touched = Int(start)..<min(old, Int((start + length).rounded(.up)))
      return (0..<new).map { pixel in
        let centre = start + (Double(pixel) + 0.5) * scale
        let all = (0..<old).map { position in
          touched.contains(position)
            ? max(0, 1 - abs(Double(position) + 0.5 - centre) / width) : 0
        }
        let sum = all.reduce(0, +)
        return all.map { $0 / sum }
      }
    }
    let columns = weights(area.x, area.width, size.width, slope.width)
    let rows = weights(area.y, area.height, size.height, slope.height)
    let across = (0..<slope.height).map { row in
      columns.map { weights in
        weights.indices.map { weights[$0] * Double(slope[x: $0, y: row][channel]) }.reduce(0, +)
      }
    }
    return rows.flatMap { weights in
      (0..<size.width).map { column in
        weights.indices.map { weights[$0] * across[$0][column] }.reduce(0, +)
      }
    }
  }

  private func worst(
    _ area: PictureArea, _ size: PictureSize, found other: PictureArea? = nil
  ) -> Double {
    let found = slope.resized(other ?? area, to: size)
    return (0..<3).flatMap { channel in
      zip(reference(area, size, channel: channel), found.channel(channel)).map { abs($0 - $1) }
    }.max() ?? .infinity
  }

  @Test("parts of pixels have the weights of their areas", arguments: areas, sizes)
  func partsOfPixels(area: PictureArea, size: PictureSize) {
    // Each of two passes rounds to whole levels.
    #expect(worst(area, size) <= 1.1)
  }

  @Test("the comparison notices half a pixel")
  func comparisonCanFail() {
    let area = Self.areas[0]
    let moved = PictureArea(x: 4, y: area.y, width: area.width, height: area.height)
    #expect(worst(area, Self.sizes[1], found: moved) > 1.5)
  }

  @Test("a picture that was read smaller has the part at its place")
  func reduced() {
    let part = PictureArea(PixelRectangle(x: 5, y: 4, width: 12, height: 17))
    // 17×21 pixels read as 9×11: the last column and row stand for one pixel and not for two.
    #expect(
      part.reduced(by: 2, in: PictureSize(width: 9, height: 11))
        == PictureArea(x: 2.5, y: 2, width: 6, height: 8.5))
    #expect(
      PictureArea(PixelRectangle(x: 0, y: 0, width: 17, height: 21))
        .reduced(by: 4, in: PictureSize(width: 5, height: 6))
        == PictureArea(x: 0, y: 0, width: 4.25, height: 5.25))
  }
}

extension Picture {
  fileprivate func channel(_ channel: Int) -> [Double] {
    stride(from: channel, to: samples.count, by: 3).map { Double(samples[$0]) }
  }
}
