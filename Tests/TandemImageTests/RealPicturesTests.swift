import Foundation
import TandemImage
import TestSupport
import Testing

/// Photographs that are not part of the repository: in the folder that the environment variable
/// `TANDEM_DATA` names, else in `../shared/data` beside the package.
@Suite("Real photographs")
struct RealPicturesTests {
  private static let folder =
    ProcessInfo.processInfo.environment["TANDEM_DATA"]
    ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../shared/data").standardized.path

  private static func files(_ name: String) -> [String] {
    let folder = "\(folder)/\(name)"
    return (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? [])
      .filter { $0.hasSuffix(".JPEG") || $0.hasSuffix(".png") }.sorted().map { "\(folder)/\($0)" }
  }

  @Test(
    "samples of ImageNet: sixty pictures, four of them grey",
    .enabled(
      if: !files("imagenet-samples").isEmpty, "imagenet-samples is not there; set TANDEM_DATA")
  )
  func imageNet() throws {
    let files = Self.files("imagenet-samples")
    var greyCount = 0
    for path in files {
      let bytes = try bytes(of: path)
      let header = try PictureDecoder.header(of: bytes)
      let picture = try PictureDecoder.decode(bytes)
      #expect(picture.size == header.size && picture.channels == header.channels, "\(path)")
      if picture.channels == .grey { greyCount += 1 }
    }
    #expect(files.count == 60 && greyCount == 4)
  }

  @Test(
    "shapes drawn by hand: opaque, though stored with transparency",
    .enabled(
      if: !files("handwriting_shape").isEmpty, "handwriting_shape is not there; set TANDEM_DATA"))
  func handwriting() throws {
    for path in Self.files("handwriting_shape/train") {
      let bytes = try bytes(of: path)
      #expect(try PictureDecoder.header(of: bytes).hasTransparency)
      let picture = try PictureDecoder.decode(bytes, channels: .grey)
      #expect(picture.size == PictureSize(24))
      // Black lines on white.
      #expect(try #require(means(picture).first) > 150)
    }
  }
}
