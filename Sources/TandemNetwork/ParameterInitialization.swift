import Foundation
import TandemTensor

extension ParameterLayout {
  /// Writes the first values of all parameters; the gaps between them become 0.
  ///
  /// Each value is a pure function of the seed, its parameter's name and its index, so it depends
  /// neither on the other parameters nor on the layout.
  /// - Parameter arena: `elementCount` elements.
  package func initialize(_ arena: UnsafeMutablePointer<Float>, seed: UInt64) {
    arena.update(repeating: 0, count: elementCount)
    for entry in entries {
      let slice = UnsafeMutableBufferPointer(
        start: arena + entry.offset, count: entry.elementCount)
      entry.parameter.initialize(slice, name: entry.name, seed: seed)
    }
  }
}

extension Parameter {
  /// Writes the first values.
  /// - Parameter name: the full dotted name, `conv1.weight`.
  package func initialize(_ values: UnsafeMutableBufferPointer<Float>, name: String, seed: UInt64) {
    switch initializer {
    case .heNormal:
      fillNormal(values, deviation: (2 / Double(fanIn)).squareRoot(), name, seed)
    case .heNormalFanOut:
      fillNormal(values, deviation: (2 / Double(fanOut)).squareRoot(), name, seed)
    case .heUniform:
      fillUniform(values, bound: (6 / Double(fanIn)).squareRoot(), name, seed)
    case .xavierNormal:
      fillNormal(values, deviation: (2 / Double(fanIn + fanOut)).squareRoot(), name, seed)
    case .xavierUniform:
      fillUniform(values, bound: (6 / Double(fanIn + fanOut)).squareRoot(), name, seed)
    case .uniformFanIn:
      fillUniform(values, bound: 1 / Double(fanIn).squareRoot(), name, seed)
    case .uniformOverFanIn(let factor):
      fillUniform(values, bound: Double(factor) / Double(fanIn), name, seed)
    case .normal(let deviation):
      fillNormal(values, deviation: Double(deviation), name, seed)
    case .constant(let value):
      values.update(repeating: value)
    }
  }

  /// Uniform in [-bound, bound); element e takes word e % 4 of block e / 4.
  private func fillUniform(
    _ values: UnsafeMutableBufferPointer<Float>, bound: Double, _ name: String, _ seed: UInt64
  ) {
    let stream = ParameterRandom(seed: seed, name: name)
    for start in stride(from: 0, to: values.count, by: 4) {
      let words = stream.words(block: start / 4)
      for index in start..<min(start + 4, values.count) {
        values[index] = Float((Double(words[index - start] >> 8) * 0x1p-23 - 1) * bound)
      }
    }
  }

  /// Normal by Box and Muller (1958): each block of four words gives four values, elements 4b …
  /// 4b+3.
  private func fillNormal(
    _ values: UnsafeMutableBufferPointer<Float>, deviation: Double, _ name: String, _ seed: UInt64
  ) {
    let stream = ParameterRandom(seed: seed, name: name)
    for start in stride(from: 0, to: values.count, by: 4) {
      let words = stream.words(block: start / 4)
      for index in start..<min(start + 4, values.count) {
        let pair = (index - start) / 2 * 2
        // 32 bits and one half step: never the logarithm of 0.
        let radius = (-2 * log((Double(words[pair]) + 0.5) * 0x1p-32)).squareRoot()
        let angle = 2 * Double.pi * Double(words[pair + 1]) * 0x1p-32
        let value = radius * (index % 2 == 0 ? cos(angle) : sin(angle))
        values[index] = Float(value * deviation)
      }
    }
  }
}

/// The random words of one parameter: its name's hash selects the stream.
private struct ParameterRandom {
  let random: CounterRandom
  let hash: UInt64

  init(seed: UInt64, name: String) {
    random = CounterRandom(seed: seed, purpose: .parameters)
    // FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ (Swift's own hashes differ per process).
    hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
  }

  func words(block: Int) -> SIMD4<UInt32> {
    random.words(
      UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32),
      UInt32(truncatingIfNeeded: hash), UInt32(truncatingIfNeeded: hash >> 32))
  }
}
