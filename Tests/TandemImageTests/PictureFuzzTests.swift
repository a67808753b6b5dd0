import Foundation
import TandemImage
import TestSupport
import Testing

/// A fixed number of files with random damage, the same each time; `scripts/fuzz-pictures.sh` goes
/// on for as long as one likes, with checks of each access to memory.
@Suite("Random damage")
struct PictureFuzzTests {
  private static let names = [
    "420.jpg", "410.jpg", "progressive.jpg", "arithmetic.jpg", "restart.jpg", "ycck.jpg",
    "grey.jpg", "orientation6.jpg", "orientation6.png", "cmyk.jpg.png", "grey.jpg.png",
    "lossy.webp", "lossless.webp", "alpha.webp", "orientation6.webp",
  ]

  private static let mutationsPerFile = 150
  /// So that hostile sizes, which are tested elsewhere, do not take the time.
  private static let mostPixels = 1 << 18

  @Test("damaged files give pixels or an error, and never end the program", arguments: names)
  func damage(name: String) throws {
    let good = try file(name)
    var random = SeededNumbers(state: UInt64(Self.names.firstIndex(of: name) ?? 0))
    var readCount = 0
    for _ in 0..<Self.mutationsPerFile {
      let bytes = mutated(good, &random)
      do throws(PictureError) {
        let header = try PictureDecoder.header(of: bytes)
        guard header.size.pixelCount <= Self.mostPixels else { continue }
        let picture = try PictureDecoder.decode(bytes)
        #expect(picture.size.pixelCount == header.size.pixelCount)
        readCount += 1
      } catch {
        #expect(!"\(error)".isEmpty)
      }
    }
    // Some damage is harmless, and most of it is noticed.
    #expect(readCount < Self.mutationsPerFile)
  }

  private func mutated(_ good: [UInt8], _ random: inout SeededNumbers) -> [UInt8] {
    var bytes = good
    for _ in 0..<Int.random(in: 1...4, using: &random) where bytes.count > 16 {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: bytes.removeSubrange(place..<min(place + 7, bytes.count))
      case 3: bytes.insert(contentsOf: [0xFF, 0xD8, 0xFF, 0xC2], at: place)
      case 4: bytes.removeSubrange(place...)
      default:
        let from = Int.random(in: 0..<bytes.count, using: &random)
        bytes.insert(contentsOf: bytes[from...].prefix(60), at: place)
      }
    }
    return bytes
  }
}
