import TandemTensor
import Testing

@Suite struct ChannelOrderTests {
  /// Two images of 1×2 pixels with the channels 1x, 2x, 3x: `[2, 1, 2, 3]` → `[2, 3, 1, 2]`.
  @Test func bringsChannelsToTheFront() {
    let last = [10, 20, 30, 11, 21, 31, 12, 22, 32, 13, 23, 33]
    #expect(
      last.channelsFirst(imageShape: [3, 1, 2]) == [10, 11, 20, 21, 30, 31, 12, 13, 22, 23, 32, 33])
  }

  @Test func leavesOneChannelAndNoImagesAsTheyAre() {
    #expect([5, 6, 7, 8].channelsFirst(imageShape: [1, 2, 2]) == [5, 6, 7, 8])
    #expect([UInt8]().channelsFirst(imageShape: [3, 2, 2]) == [])
  }
}
