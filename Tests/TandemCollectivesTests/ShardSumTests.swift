import TandemCollectives
import TandemTensor
import Testing

/// Arenas with reproducible values of very different sizes, so that the order of additions shows.
private final class Arenas {
  let count: Int
  let pointers: [UnsafeMutablePointer<Float>]

  init(shards: Int, count: Int) {
    self.count = count
    let random = CounterRandom(seed: 3, purpose: .test)
    pointers = (0..<shards).map { shard in
      let pointer = UnsafeMutablePointer<Float>.allocate(capacity: count)
      var sequence = random.sequence(UInt32(shard))
      for index in 0..<count {
        let exponent = Float(Int(sequence.nextWord() % 20)) - 10
        pointer[index] = sequence.normal() * Float.exp2(exponent)
      }
      return pointer
    }
  }

  deinit {
    for pointer in pointers { pointer.deallocate() }
  }

  func sum(shards: Int, cuts: [Int]) -> [Float] {
    var summation = ShardSum(shards: pointers.map { UnsafePointer($0) })
    var result = [Float](repeating: .nan, count: count)
    result.withUnsafeMutableBufferPointer { buffer in
      for (start, end) in zip(cuts, cuts.dropFirst()) {
        summation.sum(shards: shards, range: start..<end, into: buffer.baseAddress! + start)
      }
    }
    return result
  }

  /// The tree as its definition says it.
  func tree(_ range: Range<Int>, element: Int) -> Float {
    if range.count == 1 { return pointers[range.lowerBound][element] }
    var half = 1
    while half * 2 < range.count { half *= 2 }
    let middle = range.lowerBound + half
    return tree(range.lowerBound..<middle, element: element)
      + tree(middle..<range.upperBound, element: element)
  }
}

extension Float {
  fileprivate static func exp2(_ exponent: Float) -> Float {
    Float(sign: .plus, exponent: Int(exponent), significand: 1)
  }
}

@Suite("ShardSum")
struct ShardSumTests {
  @Test("literal sums of one to four shards")
  func literals() {
    // 1e8 swallows a single 1 but not 1 + 1 … so the order decides.
    let values: [Float] = [1e8, 3, -1e8, 3]
    let pointers = values.map { value in
      let pointer = UnsafeMutablePointer<Float>.allocate(capacity: 1)
      pointer.initialize(to: value)
      return pointer
    }
    defer {
      for pointer in pointers { pointer.deallocate() }
    }
    var summation = ShardSum(shards: pointers.map { UnsafePointer($0) })
    var sum: Float = 0
    summation.sum(shards: 1, range: 0..<1, into: &sum)
    #expect(sum == 1e8)
    // (1e8 + 3) rounds to 1e8 (multiples of 8 there, 3 is nearer to 0); (-1e8 + 3) to -1e8.
    summation.sum(shards: 4, range: 0..<1, into: &sum)
    #expect(sum == 0)
    summation.sum(shards: 3, range: 0..<1, into: &sum)
    #expect(sum == 0)
    #expect(summation.single(shards: 1, range: 0..<1)?.pointee == 1e8)
    #expect(summation.single(shards: 2, range: 0..<1) == nil)
  }

  @Test("the sum is the definition's tree, bit for bit, for 1 to 37 shards")
  func tree() {
    let arenas = Arenas(shards: 37, count: 1100)
    for shards in 1...37 {
      let sums = arenas.sum(shards: shards, cuts: [0, 1100])
      for element in stride(from: 0, to: 1100, by: 53) {
        #expect(
          sums[element].bitPattern
            == arenas.tree(0..<shards, element: element).bitPattern)
      }
    }
  }

  @Test("how the range is cut does not change a bit", arguments: [1, 2, 3, 4, 5, 8, 11])
  func cuts(shards: Int) {
    let arenas = Arenas(shards: 11, count: 2000)
    let whole = arenas.sum(shards: shards, cuts: [0, 2000])
    #expect(whole == arenas.sum(shards: shards, cuts: [0, 16, 17, 600, 1111, 1999, 2000]))
    #expect(
      whole == arenas.sum(shards: shards, cuts: Array(stride(from: 0, through: 2000, by: 80))))
  }

  @Test("no shards sum to zero")
  func none() {
    let arenas = Arenas(shards: 2, count: 20)
    #expect(arenas.sum(shards: 0, cuts: [0, 20]) == [Float](repeating: 0, count: 20))
  }
}
