import Foundation
import TandemTensor
import TestSupport
import Testing

/// The path of a file that `Tests/Fixtures/TandemTensor/make_fixtures.py` wrote.
func fixture(_ name: String) -> String { fixturePath("TandemTensor/\(name)") }

/// Every truncation of `original`, and `mutations` copies with one to four bytes changed at random:
/// what a reader must survive without crashing.
func damagedCopies(of original: [UInt8], mutations: Int) -> [[UInt8]] {
  var random = CounterRandom(seed: 1, purpose: .test).sequence(0)
  let interesting: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, UInt8(ascii: "9"), UInt8(ascii: ",")]
  var copies = original.indices.map { Array(original[..<$0]) }
  for _ in 0..<mutations {
    var copy = original
    for _ in 0...Int.random(in: 0...3, using: &random) {
      let position = Int.random(in: 0..<copy.count, using: &random)
      copy[position] =
        Bool.random(using: &random)
        ? UInt8.random(in: 0...255, using: &random)
        : interesting[Int.random(in: 0..<interesting.count, using: &random)]
    }
    copies.append(copy)
  }
  return copies
}

/// The bytes of a safetensors file: the length of `header`, `header`, `data`.
func safeTensors(_ header: String, data: [UInt8]) -> [UInt8] {
  withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init) + Array(header.utf8)
    + data
}

func parse(_ contents: [UInt8]) throws -> SafeTensorsFile {
  try contents.withUnsafeBytes { try SafeTensorsFile.parse($0, path: "weights.safetensors") }
}
