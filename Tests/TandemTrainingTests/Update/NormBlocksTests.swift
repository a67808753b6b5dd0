import TandemNetwork
import TandemTraining
import TandemZoo
import Testing

@Suite("Blocks in which norms are summed")
struct NormBlocksTests {
  /// 0..<16, then 9,000 elements in three blocks, 48, and exactly two full blocks.
  private let blocks = NormBlocks(parameterElementCounts: [16, 9008, 48, 8192])

  private func ranges(_ blocks: NormBlocks) -> [Range<Int>] {
    (0..<blocks.count).map { blocks[$0] }
  }

  @Test("are cut for each parameter, none larger than 4096 elements")
  func cuts() {
    #expect(
      ranges(blocks) == [
        0..<16, 16..<4112, 4112..<8208, 8208..<9024, 9024..<9072, 9072..<13168, 13168..<17264,
      ])
    #expect(blocks.elementCount == 17264)
    #expect((0..<4).map(blocks.blocks(ofParameter:)) == [0..<1, 1..<4, 4..<5, 5..<7])
    #expect(blocks.elements(ofBlocks: 1..<4) == 16..<9024)
  }

  @Test("end where slices of several devices meet")
  func slices() {
    let cut = NormBlocks(parameterElementCounts: [16, 9008, 48], cuts: [0, 16, 4000, 9024, 9040])
    #expect(
      ranges(cut) == [
        0..<16, 16..<4000, 4000..<8096, 8096..<9024, 9024..<9040, 9040..<9072,
      ])
    #expect((0..<3).map(cut.blocks(ofParameter:)) == [0..<1, 1..<4, 4..<6])
    #expect(cut.blocks(ofBucket: 4000..<9024) == 2..<4)
  }

  @Test("of no parameters, and of one without elements")
  func empty() {
    #expect(NormBlocks(parameterElementCounts: []).count == 0)
    let gap = NormBlocks(parameterElementCounts: [16, 0, 16])
    #expect(ranges(gap) == [0..<16, 16..<32])
    #expect((0..<3).map(gap.blocks(ofParameter:)) == [0..<1, 1..<1, 1..<2])
    #expect(gap.blocks(ofBucket: 0..<0) == 0..<0)
    #expect(gap.slice(ofBucket: 0..<0, owner: 1, owners: 2) == 0..<0)
  }

  @Test("of buckets, shared out to owners in whole blocks")
  func owners() {
    #expect(blocks.blocks(ofBucket: 0..<9024) == 0..<4)
    #expect(blocks.blocks(ofBucket: 9024..<17264) == 4..<7)
    func slices(_ bucket: Range<Int>, _ owners: Int) -> [Range<Int>] {
      (0..<owners).map { blocks.slice(ofBucket: bucket, owner: $0, owners: owners) }
    }
    #expect(slices(0..<17264, 1) == [0..<17264])
    // An owner's part begins with the first block that begins at or behind its share of the
    // elements: for the second of two, behind 4512.
    #expect(slices(0..<9024, 2) == [0..<8208, 8208..<9024])
    #expect(slices(9024..<17264, 2) == [9024..<13168, 13168..<17264])
    #expect(blocks.blocks(ofBucket: 9024..<17264, owner: 0, owners: 2) == 4..<6)
    #expect(blocks.blocks(ofBucket: 9024..<17264, owner: 1, owners: 2) == 6..<7)
    // More owners than blocks: some have nothing.
    #expect(slices(0..<16, 3) == [0..<16, 16..<16, 16..<16])
    #expect(
      slices(9024..<17264, 5) == [
        9024..<13168, 13168..<13168, 13168..<17264, 17264..<17264, 17264..<17264,
      ])
  }

  /// What every network relies on, for all owners of all buckets.
  @Test("cover the arena once, whoever owns them", arguments: ["lenet", "simple-convnet"])
  func partition(name: String) throws {
    let layout = try Zoo.network(named: name).graph().parameterLayout
    let blocks = NormBlocks(layout)
    #expect(blocks.elementCount == layout.elementCount)
    for (index, entry) in layout.entries.enumerated() {
      let elements = blocks.elements(ofBlocks: blocks.blocks(ofParameter: index))
      #expect(elements.lowerBound == entry.offset)
      #expect((0..<16).contains(elements.count - entry.elementCount))
    }
    #expect(
      ranges(blocks).allSatisfy {
        (1...4096).contains($0.count) && $0.lowerBound % 16 == 0 && $0.upperBound % 16 == 0
      })
    let second = layout.entries[2].offset
    for bucket in [0..<second, second..<layout.elementCount] {
      for owners in [1, 2, 3, 7] {
        var next = bucket.lowerBound
        for owner in 0..<owners {
          let slice = blocks.slice(ofBucket: bucket, owner: owner, owners: owners)
          #expect(slice.lowerBound == next)
          #expect(slice.count < bucket.count / owners + 2 * NormBlocks.mostElements)
          next = slice.upperBound
        }
        #expect(next == bucket.upperBound)
      }
    }
  }
}
