import CKernels
import TandemCollectives
import TandemTensor
import Testing

/// Values of very different sizes, so that roundings and the order of additions show.
private func values(_ count: Int, stream: UInt32) -> [Float] {
  var random = CounterRandom(seed: 5, purpose: .test).sequence(stream)
  return (0..<count).map { _ in
    let exponent = Int(random.nextWord() % 20) - 10
    return random.normal() * Float(sign: .plus, exponent: exponent, significand: 1)
  }
}

/// The nearest bfloat16 as its definition says it: the one with an even last bit if two are as
/// near.
private func nearest(_ value: Float) -> Float {
  let below = Float(bitPattern: value.bitPattern & 0xffff_0000)
  let above = Float(bitPattern: (value.bitPattern & 0xffff_0000) + 0x10000)
  let toBelow = abs(Double(value) - Double(below))
  let toAbove = abs(Double(value) - Double(above))
  if toBelow != toAbove { return toBelow < toAbove ? below : above }
  return below.bitPattern & 0x10000 == 0 ? below : above
}

/// The tree as its definition says it: all nodes are rounded but the root.
private func tree(_ shards: Range<Int>, isRoot: Bool = true, _ leaf: (Int) -> Float) -> Float {
  var sum: Float
  if shards.count == 1 {
    sum = leaf(shards.lowerBound)
  } else {
    var half = 1
    while half * 2 < shards.count { half *= 2 }
    let middle = shards.lowerBound + half
    sum =
      tree(shards.lowerBound..<middle, isRoot: false, leaf)
      + tree(middle..<shards.upperBound, isRoot: false, leaf)
  }
  if !isRoot { sum = nearest(sum) }
  return sum
}

@Suite("Kernels of bfloat16 on the wire")
struct WireKernelTests {
  private func float(_ bits: BFloat16Bits) -> Float { Float(bitPattern: UInt32(bits) << 16) }

  @Test("rounding goes to the nearest, and to the even one of two")
  func rounding() {
    let steps: [(Float, Float)] = [
      // Between 1 and 2 the numbers are 2⁻⁷ apart.
      (0, 0), (1, 1), (1 + 0x1p-9, 1), (1 + 0x1p-8, 1), (1 + 0x1.01p-8, 1 + 0x1p-7),
      (1 + 0x3p-8, 1 + 0x2p-7), (-1 - 0x3p-8, -1 - 0x2p-7),
      (.greatestFiniteMagnitude, .infinity), (-.infinity, -.infinity),
      (.leastNonzeroMagnitude, 0),
    ]
    for (value, expected) in steps {
      var rounded = value
      tandem_round_to_bfloat16(&rounded, [value], 1)
      #expect(rounded == expected, "\(value)")
    }
    var notANumber = [Float(bitPattern: 0x7f80_0001), Float(bitPattern: 0xffff_ffff)]
    tandem_round_to_bfloat16(&notANumber, notANumber, 2)
    #expect(notANumber.allSatisfy { $0.isNaN })
    let many = values(1003, stream: 0)
    var rounded = many
    tandem_round_to_bfloat16(&rounded, many, 1003)
    #expect(rounded == many.map(nearest))
    #expect(zip(rounded, many).contains { $0 != $1 })
  }

  @Test("sums of shards are the definition's tree, bit for bit, for 1 to 37 shards")
  func sums() {
    let count = 1100
    let shards = (0..<37).map { values(count, stream: UInt32($0)) }
    let pointers = shards.map { values in
      let pointer = UnsafeMutablePointer<Float>.allocate(capacity: count)
      pointer.update(from: values, count: count)
      return pointer
    }
    defer { for pointer in pointers { pointer.deallocate() } }
    let arguments = pointers.map { Optional(UnsafePointer($0)) }
    for shardCount in 1...37 {
      var sum = [Float](repeating: .nan, count: count)
      tandem_sum_rounded_shards(&sum, arguments, shardCount, count)
      var packed = [BFloat16Bits](repeating: 1, count: count)
      tandem_pack_shard_sum(&packed, arguments, shardCount, count)
      // In pieces, and through the wrapper that rounds the sum of some shards.
      var pieces = [Float](repeating: .nan, count: count)
      var summation = ShardSum(
        shards: pointers.prefix(shardCount).map { UnsafePointer($0) }, wire: .bfloat16)
      var some = [Float](repeating: .nan, count: count)
      var all = ShardSum(shards: pointers.map { UnsafePointer($0) }, wire: .bfloat16)
      pieces.withUnsafeMutableBufferPointer { pieces in
        for piece in [0..<17, 17..<1000, 1000..<1100] {
          summation.sum(
            shards: shardCount, range: piece, into: pieces.baseAddress! + piece.lowerBound)
        }
      }
      all.sum(shards: shardCount, range: 0..<count, into: &some)
      #expect(pieces == sum)
      for element in stride(from: 0, to: count, by: 53) {
        let expected = tree(0..<shardCount) { shards[$0][element] }
        #expect(sum[element] == expected)
        #expect(float(packed[element]) == nearest(expected))
        #expect(some[element] == (shardCount == 37 ? expected : nearest(expected)))
      }
    }
    // The sum may take the place of the first shard.
    var expected = [Float](repeating: 0, count: count)
    tandem_sum_rounded_shards(&expected, arguments, 3, count)
    tandem_sum_rounded_shards(pointers[0], arguments, 3, count)
    #expect((0..<count).allSatisfy { pointers[0][$0] == expected[$0] })
  }

  @Test("gradients themselves are used only where they are neither summed nor rounded")
  func single() {
    var shard: [Float] = [1.001]
    shard.withUnsafeMutableBufferPointer { shard in
      let one = UnsafePointer(shard.baseAddress!)
      #expect(
        ShardSum(shards: [one], wire: .bfloat16).single(shards: 1, range: 0..<1)?.pointee == 1.001)
      #expect(ShardSum(shards: [one, one], wire: .bfloat16).single(shards: 1, range: 0..<1) == nil)
      #expect(ShardSum(shards: [one, one]).single(shards: 1, range: 0..<1) != nil)
    }
  }

  @Test("additions of packed sums", arguments: [0, 1, 15, 17, 1000])
  func packedSums(count: Int) {
    func packed(_ stream: UInt32) -> [BFloat16Bits] {
      var packed = [BFloat16Bits](repeating: 0, count: count)
      tandem_bfloat16_from_floats(&packed, values(count, stream: stream), count)
      return packed
    }
    let (a, b) = (packed(1), packed(2))
    var total = a
    tandem_add_bfloat16(&total, b, count)
    #expect(total.map(float) == zip(a, b).map { nearest(float($0) + float($1)) })
    var sum = [Float](repeating: .nan, count: count)
    tandem_sum_two_bfloat16(&sum, a, b, count)
    #expect(sum == zip(a, b).map { float($0) + float($1) })
  }

  @Test(
    "all who add a rounded change to the same parameters have the same", arguments: [1, 16, 999])
  func changes(count: Int) {
    let before = values(count, stream: 3)
    let updated = zip(before, values(count, stream: 4)).map { $0 + 1e-3 * $1 }
    var parameters = updated
    var change = [BFloat16Bits](repeating: 0, count: count)
    tandem_round_change(&parameters, before, &change, count)
    #expect(change.map(float) == zip(updated, before).map { nearest($0 - $1) })
    #expect(parameters == zip(before, change).map { $0 + float($1) })
    var others = before
    tandem_add_change(&others, change, count)
    #expect(others == parameters)
    #expect(count == 1 || parameters != updated)
  }
}
