import Synchronization
import TandemCollectives
import Testing

@Suite("Exchange plan")
struct ExchangePlanTests {
  private let plan = ExchangePlan(rank: 1, buckets: [0..<96, 96..<112], shards: [0..<3, 3..<4])

  @Test("each rank owns a part of each bucket, in whole cache lines")
  func slices() {
    #expect(plan.slices == [[0..<48, 48..<96], [96..<96, 96..<112]])
    #expect(plan.ownedRanges(0) == [0..<48, 96..<96])
    #expect(plan.ownedRanges(1) == [48..<96, 96..<112])
    let other = ExchangePlan(
      rank: 0, buckets: [0..<96], shards: [0..<1, 1..<2],
      cut: { _, owner, _ in [0..<16, 16..<96][owner] })
    #expect(other.ownSlice(0) == 0..<16)
  }

  @Test("partial sums, the rounds to send them, and the additions of an owner")
  func sums() {
    // Rank 0 has (0 + 1) and 2, rank 1 has 3.
    let all = plan.sums(activeShards: 4)
    let sums = all[0]
    #expect(sums.partials == [[0..<2, 2..<3], [3..<4]])
    #expect(sums.rounds == 2)
    #expect(sums.additions.map { [$0.destination, $0.source] } == [[1, 2], [0, 1]])
    #expect(!sums.addsShards)
    #expect(sums.foreignCount == 2)
    #expect(all.receivedElements == 2 * (48 + 16))
    // Rank 1 sends one partial to rank 0's slices, and its slices of parameters to one rank.
    #expect(plan.bytesSent(all) == (48 + 0 + 48 + 16) * 4)
  }

  @Test("for buckets that are not sent there is nothing to receive, but their parameters return")
  func unsent() {
    let plan = ExchangePlan(
      rank: 1, buckets: [0..<96, 96..<112], shards: [0..<3, 3..<4], unsent: [0])
    let sums = plan.sums(activeShards: 4)
    #expect(sums.receivedElements == 2 * 16)
    #expect(plan.bytesSent(sums) == (0 + 48 + 16) * 4)
  }

  @Test("in bfloat16 half the bytes travel, and only the sum of all shards is not rounded")
  func bfloat16() {
    let half = ExchangePlan(
      rank: 1, buckets: plan.buckets, shards: plan.shards, unsent: [1], wire: .bfloat16)
    let whole = ExchangePlan(rank: 1, buckets: plan.buckets, shards: plan.shards, unsent: [1])
    for active in 1...4 {
      let sums = half.sums(activeShards: active)
      #expect(2 * half.bytesSent(sums) == whole.bytesSent(whole.sums(activeShards: active)))
      #expect(sums[0].roundsTotal == (active < 4))
      #expect(!whole.sums(activeShards: active)[0].roundsTotal)
    }
  }

  @Test("a rank whose shards have no images sends nothing but parameters")
  func inactive() {
    let sums = plan.sums(activeShards: 3)
    #expect(sums[0].partials == [[0..<3], []])
    #expect(sums[0].additions.isEmpty)
    #expect(plan.bytesSent(sums) == (48 + 16) * 4)
  }

  @Test("only ranks that hold a bucket own parts of it; where one has it all nothing travels")
  func sources() {
    // Shards 0 and 2 are one half of a network, 1 and 3 the other; shard 3 alone has the last
    // elements.
    let plan = ExchangePlan(
      rank: 2, buckets: [0..<64, 64..<128, 128..<160],
      shards: [0..<1, 1..<2, 2..<3, 3..<4],
      sources: [
        GradientSource(range: 0..<64, shards: [0, 1, 2, 3]),
        GradientSource(range: 64..<128, shards: [0, 2]),
        GradientSource(range: 128..<160, shards: [3]),
      ])
    #expect(plan.holders == [[0, 1, 2, 3], [0, 2], [3]])
    #expect(plan.slices[1] == [64..<96, 128..<128, 96..<128, 128..<128])
    #expect(plan.slices[2] == [160..<160, 160..<160, 160..<160, 128..<160])
    #expect(plan.isHeld(1) && !plan.isHeld(2))
    #expect(!plan.staysAtHome(1) && plan.staysAtHome(2))
    let sums = plan.sums(activeShards: 4)
    #expect(sums[0].partials == [[0..<1], [1..<2], [2..<3], [3..<4]])
    #expect(sums[1].partials == [[0..<1], [], [1..<2], []])
    #expect(sums[1].shards == [0, 2])
    // Three partials of 16 elements, one of 32, and none.
    #expect(sums.receivedElements == 3 * 16 + 32)
    // Gradients of others' slices, and the own slice of parameters to those that have the bucket.
    #expect(plan.bytesSent(sums) == (48 + 3 * 16 + 32 + 32) * 4)
  }
}

@Suite("Shared blocks")
struct SharedBlocksTests {
  @Test("each block is taken once a turn, and the turn is over when all are done")
  func turns() {
    let blocks = SharedBlocks(count: 3)
    #expect(blocks.take() == nil)
    #expect(blocks.isFinished)
    for _ in 0..<2 {
      blocks.open()
      #expect(blocks.hasBlocks && !blocks.isFinished)
      #expect((0..<4).map { _ in blocks.take() } == [0, 1, 2, nil])
      #expect(!blocks.hasBlocks)
      blocks.finish()
      blocks.finish()
      #expect(!blocks.isFinished)
      blocks.finish()
      #expect(blocks.isFinished)
    }
  }

  @Test("workers share the blocks of many turns")
  func workers() throws {
    let blocks = SharedBlocks(count: 7)
    let turns = 200
    let counts = (0..<7).map { _ in Count() }
    let turnsOver = Count()
    try Team(workers: 3).run { worker in
      for turn in 0..<turns {
        if worker.index == 0 { blocks.open() }
        while turnsOver.value.load(ordering: .acquiring) == turn {
          while let block = blocks.take() {
            counts[block].value.add(1, ordering: .relaxed)
            blocks.finish()
          }
          guard worker.index == 0, blocks.isFinished else { continue }
          turnsOver.value.store(turn + 1, ordering: .releasing)
        }
      }
    }
    #expect(counts.map { $0.value.load(ordering: .relaxed) } == [Int](repeating: turns, count: 7))
  }

  private final class Count: Sendable {
    let value = Atomic<Int>(0)
  }
}
