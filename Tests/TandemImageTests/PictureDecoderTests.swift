import Foundation
import Synchronization
import TandemImage
import Testing

@Suite("Files that are pictures, and others")
struct PictureDecoderTests {
  private func failureReading(_ bytes: [UInt8]) -> PictureError? {
    let failures = [
      failure { () throws(PictureError) in _ = try PictureDecoder.decode(bytes) },
      failure { () throws(PictureError) in _ = try PictureDecoder.header(of: bytes) },
    ]
    return failures[0] == failures[1] ? failures[0] : nil
  }

  private static let others: [(String, [UInt8])] = [
    ("a GIF", Array("GIF89a".utf8) + [1, 0, 1, 0, 0, 0, 0]),
    ("a GIF", Array("GIF87a".utf8)),
    ("a BMP", Array("BM".utf8) + [0x76, 0x12, 0, 0, 0, 0, 0, 0, 0x36, 0, 0, 0]),
    ("a TIFF", Array("II*\0".utf8) + [8, 0, 0, 0]),
    ("a TIFF", Array("MM\0*".utf8) + [0, 0, 0, 8]),
    ("a HEIC picture", [0, 0, 0, 24] + Array("ftypheic".utf8) + [0, 0, 0, 0]),
    ("an AVIF picture", [0, 0, 0, 32] + Array("ftypavif".utf8) + [0, 0, 0, 0]),
    ("a JPEG 2000 picture", [0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20, 13, 10, 0x87, 10]),
    ("a JPEG XL picture", [0xFF, 0x0A, 1, 2]),
    ("a Photoshop document", Array("8BPS\0\u{1}".utf8)),
    ("an icon (ICO)", [0, 0, 1, 0, 1, 0, 16, 16]),
    ("a Netpbm picture", Array("P6\n2 2\n255\n".utf8) + [0, 1, 2]),
    ("an SVG drawing", Array("<?xml version=\"1.0\"?>\n<svg xmlns=\"…\"/>".utf8)),
  ]

  @Test("other formats are refused by their real name", arguments: others)
  func otherFormats(name: String, bytes: [UInt8]) {
    #expect(failureReading(bytes) == .unsupportedFormat(name: name))
    #expect("\(PictureError.unsupportedFormat(name: name))".contains(name))
  }

  private static let noPictures: [(String, [UInt8])] = [
    ("text", Array("404 not found\n".utf8)), ("text", Array("schöne Grüße".utf8)),
    ("text", Array(String(repeating: "é", count: 400).utf8)),
    ("an HTML page", Array("\n<!DOCTYPE html><html>".utf8)),
    ("a ZIP archive", [0x50, 0x4B, 3, 4, 20, 0]), ("a PDF document", Array("%PDF-1.7".utf8)),
    ("a film (MP4)", [0, 0, 0, 24] + Array("ftypisom".utf8)),
    (
      "a Git LFS pointer, in place of a file that was not fetched",
      Array("version https://git-lfs.github.com/spec/v1\n".utf8)
    ),
    ("a Macintosh resource file (AppleDouble)", [0, 5, 0x16, 7, 0, 2, 0, 0]),
  ]

  @Test("what is no picture is refused by what it is", arguments: noPictures)
  func otherContents(name: String, bytes: [UInt8]) {
    #expect(failureReading(bytes) == .notAPicture(name: name))
  }

  @Test("empty and unknown files are refused")
  func unknown() {
    #expect(failureReading([]) == .empty)
    #expect(failureReading([0, 0, 0]) == .unrecognised(firstBytes: [0, 0, 0]))
    let noise = [UInt8](0...40).map { $0 &* 97 &+ 3 }
    #expect(failureReading(noise) == .unrecognised(firstBytes: Array(noise[..<8])))
    #expect(failureReading([0xFF, 0xD8]) == .unrecognised(firstBytes: [0xFF, 0xD8]))
    #expect(failureReading([0xFF, 0xD8, 0xFF]) == .truncated(.jpeg))
    #expect(failureReading(Array(HandmadePNG.signature)) == .truncated(.png))
    #expect(failureReading(Array("RIFF\u{40}\0\0\0WEBP".utf8)) == .truncated(.webp))
  }

  @Test("pictures inside of gzip")
  func gzipped() throws {
    for name in ["420.jpg", "lossless.webp", "orientation6.png"] {
      let packed = gzip(try file(name))
      #expect(try PictureDecoder.decode(packed) == expectedPicture(name))
      let header = try PictureDecoder.header(of: packed)
      let size = try expectedPicture(name).size
      #expect(header.isGzipped && header.size == size)
      guard case .damagedGzip? = failureReading(Array(packed[..<(packed.count / 2)])) else {
        Issue.record("no error of cut gzip")
        continue
      }
      var wrong = packed
      wrong[packed.count - 6] ^= 1  // the checksum
      guard case .damagedGzip? = failureReading(wrong) else {
        Issue.record("no error of a wrong checksum")
        continue
      }
    }
    #expect(failureReading(gzip(Array("hello".utf8))) == .notAPicture(name: "text"))
    #expect(failureReading(gzip([])) == .empty)
    let twice = gzip(gzip(try file("420.jpg")))
    #expect(failureReading(twice) == .notAPicture(name: "gzip inside of gzip"))
  }

  /// RFC 1952 with uncompressed blocks.
  private func gzip(_ bytes: [UInt8]) -> [UInt8] {
    func littleEndian(_ value: UInt32) -> [UInt8] { HandmadePNG.bigEndian(value).reversed() }
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + HandmadePNG.deflated(bytes)[2...].dropLast(4)
      + littleEndian(HandmadePNG.crc32(bytes)) + littleEndian(UInt32(bytes.count))
  }

  private func isTruncated(_ bytes: [UInt8]) -> Bool {
    failure { () throws(PictureError) in _ = try PictureDecoder.decode(bytes) } == .truncated(.jpeg)
  }

  @Test("any number of threads read at once")
  func threads() throws {
    let names = ["420.jpg", "progressive.jpg", "cmyk.jpg", "lossy.webp", "orientation6.png"]
    let files = try names.map(file)
    let expected = try names.map(expectedPicture)
    let truncated = Array(files[0][..<500])
    let wrong = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 200) { i in
      let picture = try? PictureDecoder.decode(files[i % names.count])
      let isRight = picture == expected[i % names.count] && isTruncated(truncated)
      if !isRight { wrong.withLock { $0 += 1 } }
    }
    #expect(wrong.withLock { $0 } == 0)
  }

  @Test("large pictures are read like any other")
  func large() throws {
    let size = PictureSize(width: 6000, height: 4000)
    let pixel = Picture(width: 1, height: 1, filledWith: [10, 120, 200])
    let picture = pixel.resized(to: size, filter: .box)
    let png = try PictureDecoder.decode(PictureEncoder.png(picture, level: 1))
    #expect(png.size == size)
    #expect(png.resized(to: PictureSize(1), filter: .box) == pixel)
    let jpeg = try PictureEncoder.jpeg(picture)
    #expect(try PictureDecoder.header(of: jpeg).size == size)
    let small = try PictureDecoder.decode(jpeg, atLeast: PictureSize(500))
    #expect(small.size == PictureSize(width: 750, height: 500))
    #expect(zip(small[x: 400, y: 300], [10, 120, 200]).allSatisfy { abs(Int($0) - $1) <= 2 })
  }
}
