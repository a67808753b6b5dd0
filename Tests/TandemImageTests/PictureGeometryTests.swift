import TandemImage
import Testing

@Suite("Pixels in other places")
struct PictureGeometryTests {
  /// Six different greys in two rows:
  ///
  ///     1 2 3
  ///     4 5 6
  private let picture = Picture(width: 3, height: 2, channels: .grey, samples: [1, 2, 3, 4, 5, 6])

  /// The same with three samples for each pixel, to see that they stay together.
  private func inColour(_ samples: [UInt8]) -> [UInt8] {
    samples.flatMap { [$0, $0 + 10, $0 + 20] }
  }

  private static let upright: [(PictureOrientation, [UInt8])] = [
    (.upright, [1, 2, 3, 4, 5, 6]), (.mirrored, [3, 2, 1, 6, 5, 4]),
    (.upsideDown, [6, 5, 4, 3, 2, 1]), (.flipped, [4, 5, 6, 1, 2, 3]),
    (.transposed, [1, 4, 2, 5, 3, 6]), (.turnedLeft, [4, 1, 5, 2, 6, 3]),
    (.transversed, [6, 3, 5, 2, 4, 1]), (.turnedRight, [3, 6, 2, 5, 1, 4]),
  ]

  @Test("each of EXIF's orientations is undone", arguments: upright)
  func orientations(orientation: PictureOrientation, samples: [UInt8]) {
    let size = orientation.size(of: picture.size)
    #expect(picture.turned(upright: orientation).samples == samples)
    #expect(picture.turned(upright: orientation).size == size)
    let colour = Picture(
      width: 3, height: 2, channels: .colour, samples: inColour(picture.samples))
    #expect(colour.turned(upright: orientation).samples == inColour(samples))
  }

  @Test("quarters of a turn go to the right")
  func quarters() {
    #expect(picture.turned(quarters: 1).samples == [4, 1, 5, 2, 6, 3])
    #expect(picture.turned(quarters: -1).samples == [3, 6, 2, 5, 1, 4])
    #expect(picture.turned(quarters: 4) == picture)
    #expect(picture.turned(quarters: 2).samples == [6, 5, 4, 3, 2, 1])
  }

  @Test("turned pixels of a picture that is larger than the loops' squares")
  func largeTurn() {
    let samples = (0..<75 * 40).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 75) }
    let picture = Picture(width: 75, height: 40, channels: .grey, samples: samples)
    let turned = picture.turned(quarters: 1)
    #expect(turned.size == PictureSize(width: 40, height: 75))
    for y in 0..<75 {
      for x in 0..<40 { #expect(turned[x: x, y: y] == picture[x: y, y: 39 - x]) }
    }
    #expect(turned.turned(quarters: -1) == picture)
  }

  @Test("parts of a picture")
  func parts() {
    let part = PixelRectangle(x: 1, y: 0, width: 2, height: 2)
    #expect(picture.cropped(to: part).samples == [2, 3, 5, 6])
    #expect(part.isInside(picture.size))
    #expect(!PixelRectangle(x: 2, y: 0, width: 2, height: 2).isInside(picture.size))
    #expect(!PixelRectangle(x: -1, y: 0, width: 2, height: 2).isInside(picture.size))
    #expect(!PixelRectangle(x: 0, y: 0, width: 0, height: 2).isInside(picture.size))
    #expect(!PixelRectangle(x: .max, y: 0, width: 1, height: 1).isInside(picture.size))
  }

  @Test("the part in the middle is where Python's rounding to even puts it")
  func centre() {
    let whole = PictureSize(width: 341, height: 256)
    let part = PixelRectangle.centre(PictureSize(224), in: whole)
    #expect(part == PixelRectangle(x: 58, y: 16, width: 224, height: 224))
    #expect(PixelRectangle.centre(PictureSize(2), in: PictureSize(5)).x == 2)  // 1.5
    #expect(PixelRectangle.centre(PictureSize(2), in: PictureSize(3)).x == 0)  // 0.5
  }

  @Test("grey is repeated, and colours become grey by BT.601's weights")
  func channels() {
    let colour = Picture(width: 2, height: 1, filledWith: [220, 30, 30])
    #expect(colour.grey().samples == [87, 87])
    #expect(picture.colour().samples == picture.samples.flatMap { [$0, $0, $0] })
    #expect(picture.grey() == picture && colour.colour() == colour)
    #expect(Picture(width: 1, height: 1, filledWith: [255, 255, 255]).grey().samples == [255])
  }
}
