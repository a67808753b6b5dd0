import CKernels
import TandemCollectives
import TandemTensor
import Testing

@Suite("Shard tree")
struct ShardTreeTests {
  @Test("the largest nodes within a range of shards")
  func partials() {
    #expect(ShardTree.partials(of: 0..<4, shards: 4) == [0..<4])
    #expect(ShardTree.partials(of: 2..<4, shards: 4) == [2..<4])
    #expect(ShardTree.partials(of: 1..<3, shards: 4) == [1..<2, 2..<3])
    #expect(ShardTree.partials(of: 1..<4, shards: 4) == [1..<2, 2..<4])
    // Three shards: (0 + 1) + 2.
    #expect(ShardTree.partials(of: 1..<3, shards: 3) == [1..<2, 2..<3])
    // Seven: ((0 + 1) + (2 + 3)) + ((4 + 5) + 6).
    #expect(ShardTree.partials(of: 0..<6, shards: 7) == [0..<4, 4..<6])
    #expect(ShardTree.partials(of: 3..<7, shards: 7) == [3..<4, 4..<7])
    #expect(ShardTree.partials(of: 5..<7, shards: 7) == [5..<6, 6..<7])
    #expect(ShardTree.partials(of: 1..<8, shards: 8) == [1..<2, 2..<4, 4..<8])
  }

  @Test("shards without images have no partials")
  func inactive() {
    #expect(ShardTree.partials(of: 2..<4, shards: 2) == [])
    #expect(ShardTree.partials(of: 2..<4, shards: 3) == [2..<3])
    #expect(ShardTree.partials(of: 0..<4, shards: 0) == [])
    #expect(ShardTree.partials(of: 1..<1, shards: 4) == [])
    #expect(ShardTree.additions(of: []) == [])
  }

  @Test("the additions above the partials, in the tree's order")
  func additions() {
    #expect(pairs([0..<4]) == [])
    #expect(pairs([0..<2, 2..<4]) == [[0, 1]])
    // 0 | 1, 2 | 3: (0 + 1) + (2 + 3).
    #expect(pairs([0..<1, 1..<2, 2..<3, 3..<4]) == [[0, 1], [2, 3], [0, 2]])
    #expect(pairs([0..<2, 2..<3, 3..<4]) == [[1, 2], [0, 1]])
    #expect(pairs([0..<4, 4..<6, 6..<7]) == [[1, 2], [0, 1]])
    #expect(pairs([0..<1, 1..<2, 2..<4, 4..<5]) == [[0, 1], [0, 2], [0, 3]])
  }

  private func pairs(_ partials: [Range<Int>]) -> [[Int]] {
    ShardTree.additions(of: partials).map { [$0.destination, $0.source] }
  }

  @Test("up to 9 shards over up to 5 ranks: the bits of one sum over all shards")
  func bits() {
    for shards in 1...9 {
      let gradients = Gradients(shards: shards)
      let whole = gradients.sum(0..<shards).map(\.bitPattern)
      for ranks in 1...5 {
        for split in Self.splits(of: shards, into: ranks) {
          let partials = split.flatMap { ShardTree.partials(of: $0, shards: shards) }
          let sum = gradients.sum(partials, in: ShardTree.additions(of: partials))
          #expect(sum.map(\.bitPattern) == whole, "\(shards) shards as \(split)")
        }
      }
    }
  }

  @Test("another order of additions has other bits: the comparison can fail")
  func wrongOrder() {
    let gradients = Gradients(shards: 4)
    let whole = gradients.sum(0..<4).map(\.bitPattern)
    let partials = [0..<2, 2..<3, 3..<4]
    let inARow = [(0, 1), (0, 2)].map(ShardTree.Addition.init)
    #expect(gradients.sum(partials, in: inARow).map(\.bitPattern) != whole)
    // Nor are partials that are no nodes of the tree good for anything.
    let shifted = [0..<1, 1..<3, 3..<4]
    #expect(gradients.sum(shifted, in: inARow).map(\.bitPattern) != whole)
  }

  /// All ways to cut the shards into ranges for the ranks, empty ones included.
  private static func splits(of shards: Int, into ranks: Int) -> [[Range<Int>]] {
    func continued(_ ranges: [Range<Int>]) -> [[Range<Int>]] {
      let start = ranges.last?.upperBound ?? 0
      if ranges.count == ranks - 1 { return [ranges + [start..<shards]] }
      return (start...shards).flatMap { continued(ranges + [start..<$0]) }
    }
    return continued([])
  }
}

/// Gradients of very different sizes, so that the order of additions shows.
private struct Gradients {
  private static let count = 48
  private let shards: [[Float]]

  init(shards: Int) {
    let random = CounterRandom(seed: 5, purpose: .test)
    self.shards = (0..<shards).map { shard in
      var sequence = random.sequence(UInt32(shard))
      return (0..<Self.count).map { _ in
        let exponent = Int(sequence.nextWord() % 20) - 10
        return sequence.normal() * Float(sign: .plus, exponent: exponent, significand: 1)
      }
    }
  }

  /// The kernel's sum over consecutive shards.
  func sum(_ range: Range<Int>) -> [Float] {
    let pointers = range.map { shard in
      let pointer = UnsafeMutablePointer<Float>.allocate(capacity: Self.count)
      pointer.initialize(from: shards[shard], count: Self.count)
      return pointer
    }
    defer {
      for pointer in pointers { pointer.deallocate() }
    }
    var sum = [Float](repeating: .nan, count: Self.count)
    tandem_sum_shards(&sum, pointers.map { UnsafePointer($0) }, range.count, Self.count)
    return sum
  }

  /// The kernel's sums over the partials, added as a rank that owns a slice does it.
  func sum(_ partials: [Range<Int>], in additions: [ShardTree.Addition]) -> [Float] {
    var sums = partials.map(sum)
    for addition in additions {
      let source = sums[addition.source]
      tandem_add(&sums[addition.destination], source, Self.count)
    }
    return sums[0]
  }
}
