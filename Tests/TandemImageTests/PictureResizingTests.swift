import TandemImage
import TestSupport
import Testing

@Suite("Resizing")
struct PictureResizingTests {
  private let slope: Picture

  init() throws {
    slope = try PictureDecoder.decode(bytes(of: fixturePath("TandemImage/slope.png")))
  }

  private static let sizes = [
    (26, 18), (7, 5), (80, 19), (60, 36), (106, 74), (11, 90), (1, 1),
  ]

  @Test("the samples are Pillow's", arguments: ResizeFilter.allCases)
  func pillow(filter: ResizeFilter) throws {
    for (width, height) in Self.sizes {
      let name = "TandemImage/resized/\(filter.rawValue)-\(width)x\(height).png"
      let expected = try PictureDecoder.decode(bytes(of: fixturePath(name)))
      let resized = slope.resized(
        to: PictureSize(width: width, height: height), filter: filter)
      #expect(resized == expected, "\(name)")
    }
  }

  @Test("the comparison with Pillow notices another filter")
  func comparisonCanFail() {
    let size = PictureSize(width: 26, height: 18)
    #expect(
      slope.resized(to: size, filter: .bilinear) != slope.resized(to: size, filter: .bicubic))
  }

  @Test("antialiasing: a checkerboard of single pixels becomes grey")
  func checkerboard() {
    let board = Picture(
      width: 224, height: 224, channels: .grey,
      samples: (0..<224 * 224).map { ($0 % 224 + $0 / 224) % 2 == 0 ? 0 : 255 })
    let size = PictureSize(56)
    let samples = board.resized(to: size, filter: .bilinear).samples
    #expect(samples.min() == 127 && samples.max() == 128)
    #expect(board.resized(to: size, filter: .nearest).samples.allSatisfy { $0 == 0 })
  }

  @Test("a ramp keeps its ends and middles as in Pillow")
  func ramp() {
    let ramp = Picture(
      width: 64, height: 64, channels: .grey, samples: (0..<64 * 64).map { UInt8($0 % 64 * 4) })
    let bilinear = ramp.resized(to: PictureSize(8), filter: .bilinear)
    #expect(bilinear.samples[..<8] == [17, 46, 78, 110, 142, 174, 206, 235])
    let bicubic = ramp.resized(to: PictureSize(8), filter: .bicubic)
    #expect(bicubic.samples[..<8] == [15, 45, 78, 110, 142, 174, 207, 237])
  }

  @Test("sums of weights are one: one colour stays as it is", arguments: ResizeFilter.allCases)
  func oneColour(filter: ResizeFilter) {
    for value: UInt8 in [0, 1, 127, 254, 255] {
      let picture = Picture(width: 29, height: 31, filledWith: [value, 255 - value, value])
      for size in [PictureSize(7), PictureSize(width: 100, height: 3), PictureSize(64)] {
        let expected = Picture(
          width: size.width, height: size.height, filledWith: [value, 255 - value, value])
        #expect(picture.resized(to: size, filter: filter) == expected)
      }
    }
  }

  @Test("channels do not mix", arguments: ResizeFilter.allCases)
  func channels(filter: ResizeFilter) {
    for size in [PictureSize(width: 20, height: 17), PictureSize(width: 90, height: 20)] {
      let whole = slope.resized(to: size, filter: filter)
      for channel in 0..<3 {
        let one = Picture(
          width: slope.width, height: slope.height, channels: .grey,
          samples: stride(from: channel, to: slope.samples.count, by: 3).map { slope.samples[$0] })
        let expected = stride(from: channel, to: whole.samples.count, by: 3)
          .map { whole.samples[$0] }
        #expect(one.resized(to: size, filter: filter).samples == expected)
      }
    }
  }

  @Test(
    "a part of the resized picture is what a crop of it gives", arguments: ResizeFilter.allCases)
  func parts(filter: ResizeFilter) {
    for (width, height) in Self.sizes + [(53, 37), (53, 20), (53, 80), (20, 37), (80, 37)] {
      let size = PictureSize(width: width, height: height)
      let whole = slope.resized(to: size, filter: filter)
      let part = PixelRectangle(
        x: width / 3, y: height / 4, width: (width + 1) / 2, height: (height + 1) / 2)
      let kept = slope.resized(to: size, filter: filter, keeping: part)
      #expect(kept == whole.cropped(to: part))
      let mirrored = slope.resized(to: size, filter: filter, keeping: part, isMirrored: true)
      #expect(mirrored == kept.mirrored())
      #expect(slope.resized(to: size, filter: filter, isMirrored: true) == whole.mirrored())
    }
  }

  @Test("the same size is the same picture", arguments: ResizeFilter.allCases)
  func sameSize(filter: ResizeFilter) {
    #expect(slope.resized(to: slope.size, filter: filter) == slope)
  }

  @Test("one pixel becomes many, and one row or column")
  func thin() {
    let pixel = Picture(width: 1, height: 1, filledWith: [5, 6, 7])
    for filter in ResizeFilter.allCases {
      #expect(
        pixel.resized(to: PictureSize(width: 3, height: 2), filter: filter)
          == Picture(width: 3, height: 2, filledWith: [5, 6, 7]))
      let row = slope.resized(to: PictureSize(width: 53, height: 1), filter: filter)
      #expect(row.size == PictureSize(width: 53, height: 1))
      let column = slope.resized(to: PictureSize(width: 1, height: 300), filter: filter)
      #expect(column.size == PictureSize(width: 1, height: 300))
    }
  }
}
