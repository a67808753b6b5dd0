import Foundation

/// Random numbers that are a pure function of a key and a counter: no state, no order of calls, so
/// any thread of any rank draws the same number for the same (seed, epoch, sample, layer).
///
/// Philox4x32-10 of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011),
/// https://doi.org/10.1145/2063384.2063405.
package struct CounterRandom: Hashable, Sendable {
  package let key: UInt64

  package init(key: UInt64) {
    self.key = key
  }

  /// A generator for one purpose of one seed; different purposes give unrelated numbers.
  package init(seed: UInt64, purpose: Purpose) {
    key = Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15 &* (purpose.rawValue &+ 1))
  }

  /// What random numbers are drawn for; each purpose has numbers of its own.
  package enum Purpose: UInt64, Sendable {
    case parameters = 0
    case shuffling = 1
    case dropout = 2
    case generatedData = 3
    case test = 5
    case augmentation = 8
    case inspection = 9
    case splitting = 6
    case cropping = 7
  }

  /// Four random words for the counter `(a, b, c, d)`.
  package func words(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32) -> SIMD4<UInt32> {
    var counter = SIMD4(a, b, c, d)
    var key0 = UInt32(truncatingIfNeeded: key)
    var key1 = UInt32(truncatingIfNeeded: key >> 32)
    for _ in 0..<10 {
      let product0 = 0xD251_1F53 &* UInt64(counter.x)
      let product1 = 0xCD9E_8D57 &* UInt64(counter.z)
      counter = SIMD4(
        UInt32(truncatingIfNeeded: product1 >> 32) ^ counter.y ^ key0,
        UInt32(truncatingIfNeeded: product1),
        UInt32(truncatingIfNeeded: product0 >> 32) ^ counter.w ^ key1,
        UInt32(truncatingIfNeeded: product0)
      )
      key0 &+= 0x9E37_79B9
      key1 &+= 0xBB67_AE85
    }
    return counter
  }

  /// A sequence of random words for everything that needs an unknown number of them in a row.
  /// `stream` tells apart the sequences of one key, e.g. by sample and epoch.
  package func sequence(_ stream: UInt32, _ substream: UInt32 = 0) -> Sequence {
    Sequence(random: self, stream: stream, substream: substream)
  }

  /// One of several sequences of the same streams that have nothing to do with each other, so that
  /// what is drawn from one leaves the others as they are.
  package func sequence(_ stream: UInt32, _ substream: UInt32, part: UInt32) -> Sequence {
    var sequence = sequence(stream, substream)
    sequence.block = UInt64(part) << 32
    return sequence
  }

  package struct Sequence: RandomNumberGenerator, Sendable {
    let random: CounterRandom
    let stream: UInt32
    let substream: UInt32
    var block: UInt64 = 0
    var buffered = SIMD4<UInt32>()
    var remaining = 0

    init(random: CounterRandom, stream: UInt32, substream: UInt32) {
      self.random = random
      self.stream = stream
      self.substream = substream
    }

    package mutating func nextWord() -> UInt32 {
      if remaining == 0 {
        buffered = random.words(
          UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32), substream,
          stream)
        block += 1
        remaining = 4
      }
      remaining -= 1
      return buffered[3 - remaining]
    }

    package mutating func next() -> UInt64 {
      UInt64(nextWord()) << 32 | UInt64(nextWord())
    }

    /// Uniform in [0, 1), with 24 random bits.
    package mutating func uniform() -> Float {
      Float(nextWord() >> 8) * 0x1p-24
    }

    /// Normal with mean 0 and standard deviation 1 (Box and Muller, 1958).
    package mutating func normal() -> Float {
      let radius = (-2 * log(1 - Double(nextWord() >> 8) * 0x1p-24)).squareRoot()
      return Float(radius * cos(2 * Double.pi * Double(nextWord() >> 8) * 0x1p-24))
    }
  }

  /// SplitMix64's finaliser: spreads the bits of nearby seeds over the whole key.
  static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
