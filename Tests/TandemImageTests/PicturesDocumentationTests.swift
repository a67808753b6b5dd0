import Foundation
import TandemImage
import TestSupport
import Testing

@Suite("docs/pictures.md")
struct PicturesDocumentationTests {
  /// The code of docs/pictures.md, which the test below compares line by line.
  @Test func exampleRuns() throws {
    try withTemporaryFolder { folder in
      let url = URL(fileURLWithPath: folder + "/photo.jpg")
      let output = URL(fileURLWithPath: folder + "/middle.png")
      try Data(PictureEncoder.jpeg(quadrants(width: 500, height: 375))).write(to: url)

      let bytes = [UInt8](try Data(contentsOf: url))
      let picture = try PictureDecoder.decode(bytes, channels: .colour)
      let small = picture.resized(to: PictureSize(width: 341, height: 256), filter: .bilinear)
      let middle = small.centreCropped(to: PictureSize(224))
      try Data(PictureEncoder.png(middle.mirrored())).write(to: output)

      let written = try PictureDecoder.decode([UInt8](try Data(contentsOf: output)))
      #expect(written == middle.mirrored() && written.size == PictureSize(224))
    }
  }

  @Test func exampleIsTheDocuments() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let document = folder.appendingPathComponent("../../docs/pictures.md").standardized
    let text = String(decoding: try Data(contentsOf: document), as: UTF8.self)
    let block = try #require(text.components(separatedBy: "```swift\n").dropFirst().first)
    let lines = try #require(block.components(separatedBy: "```").first)
      .split(separator: "\n").map(String.init)
    let source = String(
      decoding: try Data(contentsOf: URL(fileURLWithPath: #filePath)), as: UTF8.self)
    #expect(lines.count == 5)
    for line in lines { #expect(source.contains("      " + line + "\n"), "\(line)") }
  }
}
