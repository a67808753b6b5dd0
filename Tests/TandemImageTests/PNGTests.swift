import TandemImage
import Testing

@Suite("PNG")
struct PNGTests {
  /// Five columns and three rows of numbers below `limit`, so that no row fills its last byte.
  private func rows(_ samplesPerPixel: Int, below limit: Int) -> [[Int]] {
    (0..<3).map { y in
      (0..<5 * samplesPerPixel).map { x in (x * x * 7 + y * 31 + x) % limit }
    }
  }

  @Test("grey of 1, 2, 4, 8 and 16 bits", arguments: [1, 2, 4, 8, 16] as [UInt8])
  func grey(bits: UInt8) throws {
    let most = (1 << Int(bits)) - 1
    let rows = rows(1, below: most + 1)
    let expected = rows.joined().map { UInt8((Double($0) * 255 / Double(most)).rounded()) }
    for isInterlaced in [false, true] {
      var png = HandmadePNG(rows, bits: bits)
      png.isInterlaced = isInterlaced
      let picture = try PictureDecoder.decode(png.bytes)
      #expect(picture.samples == expected && picture.channels == .grey)
      #expect(picture.size == PictureSize(width: 5, height: 3))
      let colour = try PictureDecoder.decode(png.bytes, channels: .colour)
      #expect(colour == picture.colour())
    }
  }

  @Test("16 bits are v / 65535, rounded: neither clipped nor cut off")
  func sixteenBits() throws {
    let values = [0, 128, 129, 255, 256, 257, 0x7FFF, 0x8000, 0xFEFF, 0xFF7E, 0xFF80, 65_535]
    let picture = try PictureDecoder.decode(HandmadePNG([values], bits: 16).bytes)
    #expect(picture.samples == [0, 0, 1, 1, 1, 1, 127, 128, 254, 254, 255, 255])
    #expect(
      picture.samples == values.map { UInt8((Double($0) * 255 / 65_535).rounded()) })
  }

  @Test("red, green and blue of 8 and 16 bits")
  func colour() throws {
    let rows = rows(3, below: 256)
    let bytes = rows.joined().map { UInt8($0) }
    for isInterlaced in [false, true] {
      var png = HandmadePNG(rows, type: .colour)
      png.isInterlaced = isInterlaced
      #expect(try PictureDecoder.decode(png.bytes).samples == bytes)
      png = HandmadePNG(rows.map { $0.map { $0 * 257 } }, bits: 16, type: .colour)
      png.isInterlaced = isInterlaced
      #expect(try PictureDecoder.decode(png.bytes).samples == bytes)
    }
    let grey = try PictureDecoder.decode(
      HandmadePNG(rows, type: .colour).bytes, channels: .grey)
    #expect(grey == Picture(width: 5, height: 3, channels: .colour, samples: bytes).grey())
  }

  @Test("transparency is left out, and the colour behind it shows")
  func transparency() throws {
    let red = HandmadePNG([[200, 0, 0, 0, 10, 20, 30, 255]], type: .colourWithAlpha)
    #expect(try PictureDecoder.decode(red.bytes).samples == [200, 0, 0, 10, 20, 30])
    #expect(try PictureDecoder.header(of: red.bytes).hasTransparency)
    let deep = HandmadePNG([[51_400, 0, 0, 7]], bits: 16, type: .colourWithAlpha)
    #expect(try PictureDecoder.decode(deep.bytes).samples == [200, 0, 0])
    let grey = HandmadePNG([[100, 7, 50, 255]], type: .greyWithAlpha)
    #expect(try PictureDecoder.decode(grey.bytes).samples == [100, 50])
    #expect(try PictureDecoder.decode(grey.bytes, channels: .colour).samples.count == 6)
    // One of the colours counts as transparent.
    var keyed = HandmadePNG([[1, 2, 3, 4, 5, 6]], type: .colour)
    keyed.chunksBefore = [HandmadePNG.chunk("tRNS", [0, 1, 0, 2, 0, 3])]
    #expect(try PictureDecoder.decode(keyed.bytes).samples == [1, 2, 3, 4, 5, 6])
    #expect(try PictureDecoder.header(of: keyed.bytes).hasTransparency)
    #expect(!(try PictureDecoder.header(of: file("orientation6.png")).hasTransparency))
  }

  @Test(
    "palettes of 1 to 8 bits, with and without transparency", arguments: [1, 2, 4, 8] as [UInt8])
  func palettes(bits: UInt8) throws {
    let palette: [UInt8] = [200, 0, 0, 0, 0, 200]
    for (isTransparent, isInterlaced) in [(false, false), (false, true), (true, false)] {
      var png = HandmadePNG([[0, 1, 1, 0, 1], [1, 1, 1, 0, 0]], bits: bits, type: .palette)
      png.isInterlaced = isInterlaced
      png.chunksBefore = [HandmadePNG.chunk("PLTE", palette)]
      if isTransparent { png.chunksBefore.append(HandmadePNG.chunk("tRNS", [0, 255])) }
      let picture = try PictureDecoder.decode(png.bytes)
      #expect(picture[x: 0, y: 0] == [200, 0, 0] && picture[x: 1, y: 0] == [0, 0, 200])
      #expect(picture[x: 3, y: 0] == [200, 0, 0] && picture[x: 4, y: 0] == [0, 0, 200])
      #expect(picture[x: 2, y: 1] == [0, 0, 200] && picture[x: 4, y: 1] == [200, 0, 0])
      #expect(try PictureDecoder.header(of: png.bytes).hasTransparency == isTransparent)
    }
  }

  @Test("orientation, before and behind the pixels")
  func orientation() throws {
    let expected = try expectedPicture("orientation6.png")
    #expect(try PictureDecoder.decode(file("orientation6.png")) == expected)
    #expect(expected.size == PictureSize(width: 48, height: 32))
    var png = HandmadePNG([[1, 2, 3], [4, 5, 6]])
    let exif: [UInt8] = [
      0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 8, 0, 0, 0,
    ]
    png.chunksBefore = [HandmadePNG.chunk("eXIf", exif)]
    #expect(try PictureDecoder.decode(png.bytes).samples == [3, 6, 2, 5, 1, 4])
    png.chunksAfter = png.chunksBefore
    png.chunksBefore = []
    #expect(try PictureDecoder.decode(png.bytes).samples == [3, 6, 2, 5, 1, 4])
  }

  @Test("what stands beside the pixels does no harm, broken or not")
  func harmlessDamage() throws {
    let rows = rows(1, below: 256)
    let picture = try PictureDecoder.decode(HandmadePNG(rows).bytes)
    var text = HandmadePNG.chunk("tEXt", Array("Comment\0hello".utf8))
    text[text.count - 1] ^= 1  // a wrong checksum
    let profile = HandmadePNG.chunk("iCCP", [UInt8](repeating: 65, count: 200))
    for chunks in [[text], [profile], [HandmadePNG.chunk("gAMA", [0, 0, 0, 1])]] {
      var png = HandmadePNG(rows)
      png.chunksBefore = chunks
      #expect(try PictureDecoder.decode(png.bytes) == picture)
      png.chunksAfter = chunks
      #expect(try PictureDecoder.decode(png.bytes) == picture)
    }
    let whole = HandmadePNG(rows).bytes
    #expect(try PictureDecoder.decode(whole + Array("junk".utf8)) == picture)
    #expect(try PictureDecoder.decode(Array(whole.dropLast(12))) == picture)  // no IEND
    #expect(try PictureDecoder.decode(Array(whole.dropLast(5))) == picture)
  }

  @Test("truncated files are named, wherever they end")
  func truncated() {
    let whole = HandmadePNG(rows(3, below: 256), type: .colour).bytes
    // IEND's 12 bytes, and the 8 of two checksums.
    for length in 9..<whole.count - 22 {
      let cut = Array(whole[..<length])
      #expect(
        failure { () throws(PictureError) in _ = try PictureDecoder.decode(cut) }
          == .truncated(.png), "cut after \(length) bytes")
    }
  }

  private func reason(_ bytes: [UInt8]) -> String? {
    let failure = failure { () throws(PictureError) in _ = try PictureDecoder.decode(bytes) }
    guard case .damaged(.png, let reason)? = failure else { return nil }
    return reason
  }

  @Test("broken chunks are named")
  func damaged() throws {
    let png = HandmadePNG(rows(1, below: 256))
    let whole = png.bytes
    var bytes = whole
    bytes[19] ^= 1  // the width, so that the header's checksum is wrong
    #expect(reason(bytes) != nil)
    bytes = whole
    bytes[41 + 7 + 4] ^= 1  // among the pixels
    #expect(reason(bytes) != nil)
    bytes = whole
    bytes[whole.count - 13] ^= 1  // the checksum of the pixels
    #expect(reason(bytes) != nil)
    // Too few pixels in whole chunks.
    let few = HandmadePNG.chunk("IDAT", HandmadePNG.deflated([0, 1, 2, 3, 4, 5]))
    #expect(reason(png.header + few + HandmadePNG.chunk("IEND", [])) != nil)
    #expect(reason(png.header + HandmadePNG.chunk("IEND", [])) != nil)
    // A chunk that every reader must know, and no reader knows.
    var unknown = png
    unknown.chunksBefore = [HandmadePNG.chunk("ABCD", [1, 2, 3])]
    #expect(reason(unknown.bytes) != nil)
    // A row's filter that does not exist.
    let filter = HandmadePNG.chunk("IDAT", HandmadePNG.deflated([9] + [UInt8](1...5)))
    #expect(reason(png.header + filter + HandmadePNG.chunk("IEND", [])) != nil)
  }

  @Test("palettes that lack colours are named")
  func brokenPalettes() {
    var png = HandmadePNG([[0, 1, 2, 3, 0]], bits: 4, type: .palette)
    #expect(reason(png.bytes) != nil)
    png.chunksBefore = [HandmadePNG.chunk("PLTE", [1, 1, 1, 2, 2, 2, 3, 3, 3])]
    #expect(reason(png.bytes)?.contains("palette") == true)
    png.chunksBefore = [HandmadePNG.chunk("PLTE", [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4])]
    #expect(reason(png.bytes) == nil)
  }

  @Test("a header that promises what the bytes cannot hold is refused before memory is asked for")
  func hugeHeader() {
    func failureClaiming(width: UInt32, height: UInt32) -> PictureError? {
      var png = HandmadePNG(rows(1, below: 256))
      png.width = width
      png.height = height
      let bytes = png.header + HandmadePNG.chunk("IDAT", [0x78, 1]) + HandmadePNG.chunk("IEND", [])
      return failure { () throws(PictureError) in _ = try PictureDecoder.decode(bytes) }
    }
    #expect(
      failureClaiming(width: 60_000, height: 60_000)
        == .tooLarge(PictureSize(60_000), mostPixels: PictureDecoder.mostPixels))
    #expect(failureClaiming(width: 10_000, height: 10_000) == .truncated(.png))
    #expect(
      failureClaiming(width: 0, height: 3) == .noPixels(PictureSize(width: 0, height: 3)))
    #expect(
      failureClaiming(width: 3, height: 0) == .noPixels(PictureSize(width: 3, height: 0)))
    for side: UInt32 in [1_000_001, 0xFFFF_FFFF] {
      #expect(
        failureClaiming(width: side, height: 1)
          == .sideTooLong(PictureSize(width: Int(side), height: 1), .png, most: 1_000_000))
    }
  }

  @Test("chunks that promise more bytes than there are ask for no memory")
  func hugeChunks() throws {
    let rows = rows(1, below: 256)
    for name in ["eXIf", "tEXt", "abCd"] {
      for length: UInt32 in [1 << 30, 0x7FFF_FFFF] {
        var png = HandmadePNG(rows)
        png.chunksBefore = [HandmadePNG.bigEndian(length) + Array(name.utf8) + [0x4D, 0x4D, 0, 42]]
        let bytes = png.bytes
        #expect(
          failure { () throws(PictureError) in _ = try PictureDecoder.decode(bytes) }
            == .truncated(.png))
      }
    }
  }
}
