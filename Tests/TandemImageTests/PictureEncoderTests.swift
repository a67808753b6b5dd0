import TandemImage
import Testing

@Suite("Writing pictures")
struct PictureEncoderTests {
  private func noise(width: Int, height: Int, channels: Picture.Channels) -> Picture {
    var random = SeededNumbers(state: 7)
    let samples = (0..<width * height * channels.rawValue).map { _ in
      UInt8.random(in: 0...255, using: &random)
    }
    return Picture(width: width, height: height, channels: channels, samples: samples)
  }

  @Test("a PNG has the same samples", arguments: [0, 1, 6, 9])
  func png(level: Int) throws {
    for (width, height) in [(1, 1), (53, 37), (1, 200), (200, 1)] {
      for channels in [Picture.Channels.grey, .colour] {
        let picture = noise(width: width, height: height, channels: channels)
        let bytes = try PictureEncoder.png(picture, level: level)
        #expect(try PictureDecoder.decode(bytes) == picture)
        #expect(try PictureDecoder.header(of: bytes).format == .png)
      }
    }
  }

  @Test("a JPEG is close, the closer the higher its quality")
  func jpeg() throws {
    let picture = quadrants(width: 64, height: 64)
    let fine = try PictureEncoder.jpeg(picture, quality: 100, fullColour: true)
    let read = try PictureDecoder.decode(fine)
    #expect(try #require(distance(read, picture)) <= 3)
    #expect(try PictureDecoder.header(of: fine).format == .jpeg)
    let coarse = try PictureEncoder.jpeg(picture, quality: 10)
    #expect(coarse.count < fine.count)
    let far = try PictureDecoder.decode(coarse)
    #expect(try #require(distance(far, picture)) > 3)
    let grey = picture.grey()
    let one = try PictureDecoder.decode(PictureEncoder.jpeg(grey, quality: 100))
    #expect(one.channels == .grey)
    #expect(try #require(distance(one, grey)) <= 3)
  }

  @Test("a side that JPEG cannot say is refused")
  func tooLarge() {
    let long = Picture(width: 65_501, height: 1, filledWith: [7])
    #expect(
      failure { () throws(PictureError) in _ = try PictureEncoder.jpeg(long) }
        == .tooLargeToWrite(long.size, .jpeg, longestSide: 65_500))
    #expect(failure { () throws(PictureError) in _ = try PictureEncoder.png(long) } == nil)
  }
}
