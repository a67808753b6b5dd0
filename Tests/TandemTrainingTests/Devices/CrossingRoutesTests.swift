import TandemExecution
import TandemTraining
import Testing

@Suite struct CrossingRoutesTests {
  private func segment(_ giver: Int, _ takers: [Int], _ bytes: Range<Int>) -> CrossingSegment {
    CrossingSegment(giver: giver, takers: takers, bytes: bytes)
  }

  /// All need what device 0 has, and each what device 1 has for it alone; the ranges are whole
  /// lines of 16 elements.
  @Test func eachRankGetsWhatItsDevicesRead() {
    let routes = CrossingRoutes(
      [segment(0, [1, 2], 0..<100), segment(1, [0], 128..<192), segment(1, [2], 192..<200)],
      members: [0..<1, 1..<2, 2..<3])
    #expect(routes.rounds == 1)
    #expect(routes.sends(of: 0, round: 0) == [0..<0, 0..<32, 0..<32])
    #expect(routes.sends(of: 1, round: 0) == [32..<48, 0..<0, 48..<64])
    #expect(routes.receives(of: 2, round: 0) == [0..<32, 48..<64, 0..<0])
    #expect(routes.sends(of: 2, round: 0) == [0..<0, 0..<0, 0..<0])
  }

  /// Two devices a rank: segments for the neighbour stay, others that follow each other travel at
  /// once, and what lies apart takes rounds of its own.
  @Test func devicesOfOneRankTravelTogether() {
    let segments = [
      segment(0, [1], 0..<64), segment(0, [2, 3], 64..<128), segment(1, [0, 2], 128..<192),
      segment(1, [1], 192..<256), segment(1, [3], 256..<320), segment(2, [0], 320..<384),
    ]
    let members = [0..<2, 2..<4, 0..<0]
    let routes = CrossingRoutes(segments, members: members)
    #expect(routes.rounds == 2)
    #expect(routes.sends(of: 0, round: 0) == [0..<0, 16..<48, 0..<0])
    #expect(routes.sends(of: 0, round: 1) == [0..<0, 64..<80, 0..<0])
    #expect(routes.receives(of: 1, round: 1) == [64..<80, 0..<0, 0..<0])
    #expect(routes.receives(of: 0, round: 0) == [0..<0, 80..<96, 0..<0])
    #expect(routes.receives(of: 2, round: 0) == [0..<0, 0..<0, 0..<0])
  }

  /// In bfloat16 segments are shorter than their places, unless these are a single line. Groups
  /// with more or fewer images must come to as many operations, so neither are joined.
  @Test(arguments: [64, 128])
  func piecesThatDoNotFillTheirPlacesTravelAlone(placeBytes: Int) {
    let segments = (0..<2).map { number in
      CrossingSegment(
        giver: number, takers: [2],
        bytes: number * placeBytes..<number * placeBytes + placeBytes / 2, fillsPlace: false)
    }
    #expect(CrossingRoutes(segments, members: [0..<2, 2..<3]).rounds == 2)
  }

  @Test func whatNobodyReadsElsewhereTakesNoRound() {
    let routes = CrossingRoutes([segment(0, [1], 0..<64)], members: [0..<2, 2..<4])
    #expect(routes.rounds == 0)
  }
}
