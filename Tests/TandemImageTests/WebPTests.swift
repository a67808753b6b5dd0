import TandemImage
import Testing

@Suite("WebP")
struct WebPTests {
  @Test(
    "every kind has Pillow's pixels",
    arguments: ["lossy.webp", "lossless.webp", "alpha.webp", "orientation6.webp"])
  func pixels(name: String) throws {
    let picture = try PictureDecoder.decode(file(name))
    #expect(picture == (try expectedPicture(name)))
    let header = try PictureDecoder.header(of: file(name))
    #expect(header.format == .webp && header.size == picture.size)
    #expect(header.hasTransparency == (name == "alpha.webp"))
    #expect(header.orientation.rawValue == (name == "orientation6.webp" ? 6 : 1))
    #expect(
      try PictureDecoder.decode(file(name), channels: .grey) == expectedPicture(name).grey())
  }

  @Test("truncated files are named, wherever they end")
  func truncated() throws {
    for name in ["lossy.webp", "lossless.webp", "alpha.webp"] {
      let good = try file(name)
      for length in 12..<good.count - 12 {
        let cut = Array(good[..<length])
        #expect(
          failure { () throws(PictureError) in _ = try PictureDecoder.decode(cut) }
            == .truncated(.webp), "\(name) cut after \(length) bytes")
      }
    }
  }

  @Test("an animation is refused as one")
  func animated() throws {
    let bytes = try file("animated.webp")
    #expect(
      failure { () throws(PictureError) in _ = try PictureDecoder.decode(bytes) }
        == .unsupportedFeature(.webp, reason: "it is animated"))
  }

  @Test("damage is named")
  func damaged() throws {
    var bytes = try file("lossy.webp")
    for i in 23..<26 { bytes[i] = 0 }  // the frame's start code
    guard
      case .damaged(.webp, _)? = failure({ () throws(PictureError) in
        _ = try PictureDecoder.decode(bytes)
      })
    else {
      Issue.record("no error of a damaged file")
      return
    }
  }
}
