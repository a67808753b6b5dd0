import Foundation
import TandemNetwork
import Testing

@Suite struct ChannelSetTests {
  @Test func rangesAreMergedAndSorted() {
    #expect(ChannelSet([6..<9, 0..<2, 2..<4, 7..<8, 5..<5]).ranges == [0..<4, 6..<9])
    #expect(ChannelSet([0..<4, 6..<9]).count == 7)
    #expect("\(ChannelSet([0..<4, 6..<7]))" == "0–3, 6")
    #expect("\(ChannelSet.none)" == "none")
  }

  /// Against Set<Int>, for all pairs of a few sets.
  @Test func operationsAreThoseOfSets() {
    let sets = [
      [], [0..<3], [1..<2], [0..<1, 2..<3], [1..<5, 7..<9], [0..<10], [3..<4, 5..<6, 8..<12],
    ].map { ChannelSet($0) }
    func members(_ set: ChannelSet) -> Set<Int> { Set(set.ranges.joined()) }
    for left in sets {
      for right in sets {
        #expect(members(left.union(right)) == members(left).union(members(right)))
        #expect(members(left.intersection(right)) == members(left).intersection(members(right)))
        #expect(members(left.subtracting(right)) == members(left).subtracting(members(right)))
        #expect(left.isSubset(of: right) == members(left).isSubset(of: members(right)))
      }
    }
  }

  @Test func filesHoldRanges() throws {
    let set = ChannelSet([0..<4, 6..<9])
    let data = try JSONEncoder().encode(set)
    #expect(String(decoding: data, as: UTF8.self) == "[[0,4],[6,9]]")
    #expect(try JSONDecoder().decode(ChannelSet.self, from: data) == set)
    for text in ["[[1]]", "[[3,2]]", "[[-1,2]]"] {
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(ChannelSet.self, from: Data(text.utf8))
      }
    }
  }
}
