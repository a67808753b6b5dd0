import Foundation
import TandemImage
import Testing

/// Pictures as terminals read them, read back.
@Suite struct TerminalPictureTests {
  private static func picture(
    _ width: Int, _ height: Int, _ colour: (Int, Int) -> [UInt8]
  ) -> Picture {
    let samples = (0..<height).flatMap { y in (0..<width).flatMap { x in colour(x, y) } }
    return Picture(
      width: width, height: height, channels: colour(0, 0).count == 1 ? .grey : .colour,
      samples: samples)
  }

  /// Heights beside whole bands, runs of all lengths, a single pixel.
  @Test(arguments: [(1, 1), (7, 6), (30, 13), (200, 5), (3, 61)])
  func fewColoursStay(width: Int, height: Int) throws {
    let colours: [[UInt8]] = [[255, 255, 255], [0, 0, 0], [213, 94, 0], [0, 114, 178]]
    let picture = Self.picture(width, height) { x, y in colours[(x / 5 + y / 4) % 4] }
    let decoded = try SixelDecoder(SixelEncoder.text(picture))
    #expect(decoded.width == width && decoded.height == height)
    // Colours are hundredths there.
    #expect(decoded.difference(from: picture).largest <= 1.28)
    let letters = SixelEncoder.text(picture).utf8
    #expect(letters.allSatisfy { $0 == 27 || (32..<127).contains($0) })
  }

  @Test func greysStay() throws {
    let picture = Self.picture(64, 64) { x, y in [UInt8(x * 4 + y % 4)] }
    let decoded = try SixelDecoder(SixelEncoder.text(picture))
    #expect(decoded.difference(from: picture).largest <= 1.28)
  }

  @Test func manyColoursAreNearlyAsTheyWere() throws {
    let picture = Self.picture(96, 80) { x, y in
      [UInt8(x * 255 / 95), UInt8(y * 255 / 79), UInt8((x + y) % 64 * 4)]
    }
    let palette = ColourPalette(picture)
    #expect(palette.colours.count == 256)
    #expect(Set(palette.pixels).count == 256)
    let difference = try SixelDecoder(SixelEncoder.text(picture)).difference(from: picture)
    #expect(difference.largest < 90 && difference.mean < 7, "\(difference)")
    // One colour that is rare among many of another does not vanish.
    let dotted = Self.picture(300, 300) { x, y in
      x == 7 && y == 9 ? [255, 0, 0] : [UInt8(x % 256), UInt8(y % 256), 255]
    }
    let dot = try SixelDecoder(SixelEncoder.text(dotted)).pixels[9 * 300 + 7]
    #expect(dot[0] > 50 && dot[2] < 50, "\(dot)")
  }

  @Test func palettesAreExactWhereTheyCanBe() {
    let picture = Self.picture(16, 16) { x, y in [UInt8(x * 16), UInt8(y * 16), 7] }
    let palette = ColourPalette(picture)
    #expect(palette.colours.count == 256)
    for (index, place) in palette.pixels.enumerated() {
      #expect(palette.colours[Int(place)] == picture[x: index % 16, y: index / 16])
    }
  }

  @Test func damageIsNoticed() throws {
    let text = SixelEncoder.text(Self.picture(8, 8) { x, _ in [UInt8(x), 0, 0] })
    #expect(throws: SixelDecoder.Failure.frame) { try SixelDecoder(String(text.dropLast())) }
    #expect(throws: SixelDecoder.Failure.self) {
      try SixelDecoder(text.replacing("1;1;8;8", with: "1;1;9;8"))
    }
    #expect(throws: SixelDecoder.Failure.self) {
      try SixelDecoder(text.replacing("1;1;8;8", with: "1;1;7;8"))
    }
  }

  /// The pieces of kitty's protocol, without their frames.
  private func pieces(_ text: String) throws -> [(keys: [String], letters: String)] {
    var rest = text[...]
    var found: [(keys: [String], letters: String)] = []
    while !rest.isEmpty {
      let match = try #require(
        rest.prefixMatch(of: #/\u{1B}_G(?<keys>[^;]*);(?<letters>[A-Za-z0-9+/=]*)\u{1B}\\/#))
      found.append(
        (match.output.keys.split(separator: ",").map(String.init), String(match.output.letters)))
      rest = rest[match.range.upperBound...]
    }
    return found
  }

  @Test(arguments: [1, 40, 200]) func kittysPiecesAreThePicture(side: Int) throws {
    var state: UInt32 = 1
    let picture = Self.picture(side, side) { _, _ in
      (0..<3).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return UInt8(state >> 24)
      }
    }
    let png = try PictureEncoder.png(picture)
    let found = try pieces(KittyEncoder.text(png: png, columns: nil))
    #expect(found.count == (Data(png).base64EncodedString().count + 4095) / 4096)
    #expect(found.allSatisfy { $0.letters.count <= 4096 })
    #expect(found.dropLast().allSatisfy { $0.keys.last == "m=1" && $0.letters.count == 4096 })
    #expect(found.last?.keys.last == "m=0")
    #expect(Set(found[0].keys).isSuperset(of: ["a=T", "f=100", "q=2"]))
    let data = try #require(Data(base64Encoded: found.map(\.letters).joined()))
    #expect(try PictureDecoder.decode([UInt8](data)) == picture)
    let narrow = try pieces(KittyEncoder.text(png: png, columns: 70))
    #expect(narrow[0].keys.contains("c=70") && !found[0].keys.contains { $0.hasPrefix("c=") })
  }
}
