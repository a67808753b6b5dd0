import TandemImage
import Testing

@Suite("JPEG")
struct JPEGTests {
  private static let kinds = [
    "444", "422", "440", "420", "411", "410", "progressive", "arithmetic", "restart", "rgb", "grey",
    "low", "one", "cmyk", "ycck", "inks-without-marker",
  ]

  @Test("every kind has libjpeg's pixels, as Pillow gives them", arguments: kinds)
  func pixels(kind: String) throws {
    let picture = try PictureDecoder.decode(file("\(kind).jpg"))
    #expect(picture == (try expectedPicture("\(kind).jpg")))
    let header = try PictureDecoder.header(of: file("\(kind).jpg"))
    #expect(header.format == .jpeg && !header.isGzipped && !header.hasTransparency)
    #expect(header.size == picture.size && header.channels == picture.channels)
    #expect(header.orientation == .upright)
  }

  @Test("the comparison of pixels notices another picture")
  func comparisonCanFail() throws {
    #expect(try PictureDecoder.decode(file("420.jpg")) != expectedPicture("444.jpg"))
  }

  @Test("inks are inverted: red ink is red, never cyan and never a fourth channel")
  func inks() throws {
    // Solid inks, from Pillow: C0 M255 Y255 K0, half black, C255 M0 Y0 K0.
    for (name, colour) in [
      ("red", [255.0, 0, 0]), ("half-black", [127, 127, 127]), ("cyan", [0, 255, 255]),
    ] {
      let picture = try PictureDecoder.decode(file("inks-\(name).jpg"))
      #expect(picture.channels == .colour)
      for (mean, value) in zip(means(picture), colour) { #expect(abs(mean - value) <= 2) }
    }
  }

  @Test("one channel is repeated, and three become one")
  func channels() throws {
    let grey = try expectedPicture("grey.jpg")
    #expect(grey.channels == .grey)
    #expect(try PictureDecoder.decode(file("grey.jpg"), channels: .colour) == grey.colour())
    #expect(try PictureDecoder.decode(file("grey.jpg"), channels: .grey) == grey)
    let colour = try expectedPicture("420.jpg")
    #expect(try PictureDecoder.decode(file("420.jpg"), channels: .grey) == colour.grey())
    #expect(try PictureDecoder.decode(file("cmyk.jpg"), channels: .grey).channels == .grey)
  }

  @Test("orientations 1 to 8 stand upright", arguments: 1...8)
  func orientations(value: Int) throws {
    let bytes = try file("orientation\(value).jpg")
    let picture = try PictureDecoder.decode(bytes)
    #expect(picture == (try expectedPicture("orientation\(value).jpg")))
    #expect(picture.size == PictureSize(width: 48, height: 32))
    let corner = picture[x: 4, y: 4]
    #expect(zip(corner, [220, 30, 30]).allSatisfy { abs(Int($0) - $1) <= 2 })
    let header = try PictureDecoder.header(of: bytes)
    #expect(header.orientation.rawValue == value && header.size == picture.size)
  }

  @Test("EXIF that lies leaves the pixels as they are")
  func lyingEXIF() throws {
    let good = try PictureEncoder.jpeg(quadrants())
    let picture = try PictureDecoder.decode(good)
    let bigEndian: [UInt8] = [0x4D, 0x4D, 0, 42, 0, 0, 0, 8]
    let entry: [UInt8] = [1, 0x12, 0, 3, 0, 0, 0, 1]
    let lies: [[UInt8]] = [
      // A count and an offset far behind the end.
      bigEndian + [0, 1, 1, 0x12, 0, 3, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xF0],
      // Values that are no orientation.
      bigEndian + [0, 1] + entry + [0, 0, 0, 0], bigEndian + [0, 1] + entry + [0, 9, 0, 0],
      // More entries than there are bytes, a directory behind the end, no directory.
      bigEndian + [0xFF, 0xFF], [0x4D, 0x4D, 0, 42, 0xFF, 0xFF, 0xFF, 0xFF], [0x4D, 0x4D, 0, 42],
      [0x4D, 0x49, 0, 42, 0, 0, 0, 8, 0, 1] + entry + [0, 6, 0, 0], [],
    ]
    for lie in lies {
      let bytes = good.insertingSegment(marker: 0xE1, Array("Exif\0\0".utf8) + lie)
      #expect(try PictureDecoder.decode(bytes) == picture)
    }
    for (type, value) in [(UInt8(3), [0, 6, 0, 0]), (4, [0, 0, 0, 6])] as [(UInt8, [UInt8])] {
      let truth = bigEndian + [0, 1, 1, 0x12, 0, type, 0, 0, 0, 1] + value
      let turned = good.insertingSegment(marker: 0xE1, Array("Exif\0\0".utf8) + truth)
      #expect(try PictureDecoder.decode(turned) == picture.turned(quarters: 1))
    }
  }

  @Test("bytes that no pixel needs do no harm")
  func harmlessDamage() throws {
    let good = try PictureEncoder.jpeg(quadrants(width: 256, height: 192))
    let picture = try PictureDecoder.decode(good)
    let garbage = [UInt8]("junk".utf8) + [0xFF, 0xD8, 0xFF]
    let harmless = [
      good + garbage,
      good.dropLast(2) + [UInt8](repeating: 0, count: 65) + [0xFF, 0xD9],
      Array(good.dropLast(2)),  // no end marker
      Array(good.dropLast(1)),
      good.insertingSegment(marker: 0xFE, Array("a comment".utf8)),
      good.insertingSegment(marker: 0xE2, [UInt8](repeating: 0xFF, count: 60_000)),
    ]
    for bytes in harmless { #expect(try PictureDecoder.decode(bytes) == picture) }
  }

  @Test("truncated files are named, wherever they end")
  func truncated() throws {
    for name in ["420.jpg", "progressive.jpg", "restart.jpg", "arithmetic.jpg", "cmyk.jpg"] {
      let good = try file(name)
      for length in stride(from: 4, to: good.count - 80, by: 37) {
        let cut = Array(good[..<length])
        #expect(
          failure { () throws(PictureError) in _ = try PictureDecoder.decode(cut) }
            == .truncated(.jpeg), "\(name) cut after \(length) bytes")
      }
    }
  }

  @Test("damage among the pixels is named")
  func damaged() throws {
    var bytes = try file("restart.jpg")
    let scan = try #require(bytes.firstOffset(ofMarker: 0xDA))
    // All of the entropy-coded bytes become ones and a stuffed zero.
    for i in stride(from: scan + 20, to: bytes.count - 3, by: 2) {
      bytes[i] = 0xFF
      bytes[i + 1] = 0
    }
    guard
      case .damaged(.jpeg, let reason)? = failure({ () throws(PictureError) in
        _ = try PictureDecoder.decode(bytes)
      })
    else {
      Issue.record("no error of a damaged file")
      return
    }
    #expect(!reason.isEmpty)
  }

  @Test("kinds that libjpeg-turbo does not read are named")
  func unsupported() throws {
    let good = try file("420.jpg")
    let frame = try #require(good.firstOffset(ofMarker: 0xC0))
    var deep = good
    deep[frame + 4] = 12  // bits of a sample
    var lossless = good
    lossless[frame + 1] = 0xC3
    for bytes in [deep, lossless] {
      guard
        case .unsupportedFeature(.jpeg, let reason)? = failure({ () throws(PictureError) in
          _ = try PictureDecoder.decode(bytes)
        })
      else {
        Issue.record("no error of an unsupported file")
        continue
      }
      #expect(!reason.isEmpty)
    }
  }

  @Test("a header that promises what the bytes cannot hold is refused before memory is asked for")
  func hugeHeader() throws {
    let offset = try #require(try file("420.jpg").firstOffset(ofMarker: 0xC0))
    func claiming(width: UInt16, height: UInt16) throws -> [UInt8] {
      var bytes = try file("420.jpg")
      bytes.replaceSubrange(
        offset + 5..<offset + 9,
        with: [UInt8(height >> 8), UInt8(height & 255), UInt8(width >> 8), UInt8(width & 255)])
      return bytes
    }
    func failureClaiming(width: UInt16, height: UInt16) throws -> PictureError? {
      let bytes = try claiming(width: width, height: height)
      return failure { () throws(PictureError) in _ = try PictureDecoder.decode(bytes) }
    }
    #expect(
      try failureClaiming(width: 60_000, height: 60_000)
        == .tooLarge(
          PictureSize(60_000), mostPixels: PictureDecoder.mostPixels))
    #expect(
      try failureClaiming(width: 65_535, height: 10)
        == .sideTooLong(PictureSize(width: 65_535, height: 10), .jpeg, most: 65_500))
    // Small enough, but not for less than a kilobyte.
    #expect(try failureClaiming(width: 10_000, height: 10_000) == .truncated(.jpeg))
    #expect(
      try failureClaiming(width: 0, height: 37)
        == .noPixels(PictureSize(width: 0, height: 37)))
    #expect(
      try failureClaiming(width: 53, height: 0)
        == .noPixels(PictureSize(width: 53, height: 0)))
  }

  @Test("a progressive file that goes on and on is given up")
  func endlessScans() throws {
    let good = try file("progressive.jpg")
    // The first scan, which ends where the next Huffman table begins, over and over again.
    let start = try #require(good.firstOffset(ofMarker: 0xDA))
    let end = try #require(good.offsets(ofMarker: 0xC4).first { $0 > start })
    let endless =
      good[..<end] + [[UInt8]](repeating: Array(good[start..<end]), count: 2_000).joined()
    #expect(
      failure { () throws(PictureError) in
        _ = try PictureDecoder.decode(Array(endless) + [0xFF, 0xD9])
      } == .tooManyScans(most: 100))
  }

  @Test("reduced sizes are at least what was asked for")
  func reduced() throws {
    let bytes = try PictureEncoder.jpeg(
      quadrants(width: 251, height: 193), quality: 95, fullColour: true)
    for (side, size) in [
      (1, PictureSize(width: 32, height: 25)), (25, PictureSize(width: 32, height: 25)),
      (26, PictureSize(width: 63, height: 49)), (64, PictureSize(width: 126, height: 97)),
      (98, PictureSize(width: 251, height: 193)), (500, PictureSize(width: 251, height: 193)),
    ] {
      let picture = try PictureDecoder.decode(bytes, atLeast: PictureSize(side))
      #expect(picture.size == size)
    }
    // Sides of whole blocks, in which no pixel is beside the picture.
    let whole = quadrants(width: 256, height: 192)
    let fine = try PictureEncoder.jpeg(whole, quality: 95, fullColour: true)
    for divisor in [1, 2, 4, 8] {
      let size = PictureSize(width: 256 / divisor, height: 192 / divisor)
      let picture = try PictureDecoder.decode(fine, atLeast: size)
      #expect(try #require(distance(picture, whole.resized(to: size, filter: .box))) <= 3)
    }
    let grey = try PictureDecoder.decode(
      bytes, channels: .grey, atLeast: PictureSize(width: 60, height: 40))
    #expect(grey.size == PictureSize(width: 63, height: 49) && grey.channels == .grey)
  }

  @Test("what is asked for is the size of the upright picture")
  func reducedUpright() throws {
    // Stored with 32 columns and 48 rows.
    let bytes = try file("orientation6.jpg")
    let wide = try PictureDecoder.decode(bytes, atLeast: PictureSize(width: 24, height: 16))
    #expect(wide.size == PictureSize(width: 24, height: 16))
    let high = try PictureDecoder.decode(bytes, atLeast: PictureSize(width: 16, height: 24))
    #expect(high.size == PictureSize(width: 48, height: 32))
  }
}

extension [UInt8] {
  /// The offsets of 0xFF and `marker` in a JPEG.
  func offsets(ofMarker marker: UInt8) -> [Int] {
    indices.dropLast().filter { self[$0] == 0xFF && self[$0 + 1] == marker }
  }

  func firstOffset(ofMarker marker: UInt8) -> Int? { offsets(ofMarker: marker).first }

  /// A JPEG with one more segment behind its first marker.
  func insertingSegment(marker: UInt8, _ content: [UInt8]) -> [UInt8] {
    let length = content.count + 2
    return self[..<2] + [0xFF, marker, UInt8(length >> 8), UInt8(length & 255)] + content
      + self[2...]
  }
}
