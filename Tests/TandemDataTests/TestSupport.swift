import Foundation
import TandemData
import TandemTensor
import TestSupport
import Testing

/// The path of a file that `Tests/Fixtures/TandemData/make_fixtures.py` wrote.
func fixture(_ name: String) -> String { fixturePath("TandemData/\(name)") }

/// The pixels of an image with values 0…255 instead of 0…1, `[C, H, W]`.
func image(_ index: Int, of dataset: any Dataset) throws -> [Float] {
  let unitScale = Normalization.unitScale(channels: dataset.imageShape[0])
  var image = [Float](repeating: .nan, count: dataset.imageShape.elementCount)
  try image.withUnsafeMutableBufferPointer { memory in
    let base = try #require(memory.baseAddress)
    try dataset.copyImage(index, normalization: unitScale, into: base)
  }
  return image.map { $0 * 255 }
}

func labels(of dataset: any Dataset) -> [Int32] {
  (0..<dataset.count).map { dataset.label($0) }
}

/// Truncations of `original`, and `mutations` copies with one to four bytes changed at random: what
/// a reader must survive without crashing.
func damagedCopies(of original: [UInt8], truncations: Int, mutations: Int) -> [[UInt8]] {
  var random = CounterRandom(seed: 1, purpose: .test).sequence(0)
  var copies = (0..<truncations).map { _ in
    Array(original.prefix(Int.random(in: 0..<original.count, using: &random)))
  }
  for _ in 0..<mutations {
    var copy = original
    for _ in 0...Int.random(in: 0...3, using: &random) {
      // Headers are short and worth more attention than data.
      let end = Bool.random(using: &random) ? copy.count : min(copy.count, 32)
      copy[Int.random(in: 0..<end, using: &random)] = UInt8.random(in: 0...255, using: &random)
    }
    copies.append(copy)
  }
  return copies
}

/// A gzip file (RFC 1952) with `contents` in one stored block (RFC 1951), for small contents.
func gzipMember(_ contents: [UInt8]) -> [UInt8] {
  precondition(contents.count < 256)
  func littleEndian(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
  var checksum = UInt32.max
  for byte in contents {
    checksum ^= UInt32(byte)
    for _ in 0..<8 { checksum = (checksum >> 1) ^ (checksum & 1 == 1 ? 0xEDB8_8320 : 0) }
  }
  let count = UInt8(contents.count)
  return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + [1, count, 0, ~count, 0xFF] + contents
    + littleEndian(~checksum) + littleEndian(UInt32(count))
}
