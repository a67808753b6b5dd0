import TandemTensor
import Testing

@Suite struct CounterRandomTests {
  /// The known answers for `philox4x32 10` in `tests/kat_vectors` of Random123 1.14,
  /// https://github.com/DEShawResearch/random123.
  @Test func matchesPublishedAnswers() {
    let zeros = CounterRandom(key: 0).words(0, 0, 0, 0)
    #expect(zeros == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    let ones = CounterRandom(key: .max).words(.max, .max, .max, .max)
    #expect(ones == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    let pi = CounterRandom(key: 0x299f_31d0_a409_3822)
      .words(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344)
    #expect(pi == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  /// Words come block by block, with stream and substream in the counter.
  @Test func sequenceIsTheBlocksInOrder() {
    let random = CounterRandom(seed: 7, purpose: .test)
    var sequence = random.sequence(5, 9)
    for block in 0..<3 {
      let words = random.words(UInt32(block), 0, 9, 5)
      for lane in 0..<4 { #expect(sequence.nextWord() == words[lane]) }
    }
  }

  @Test func purposesSeedsAndStreamsDiffer() {
    var seen: Set<UInt32> = []
    for seed in 0..<10 as Range<UInt64> {
      for purpose in [CounterRandom.Purpose.parameters, .shuffling, .dropout, .generatedData] {
        for stream in 0..<10 as Range<UInt32> {
          var sequence = CounterRandom(seed: seed, purpose: purpose).sequence(stream)
          seen.insert(sequence.nextWord())
        }
      }
    }
    // 400 draws out of 2³²: that two are equal has a probability of 2e-5, and it does not happen.
    #expect(seen.count == 400)
  }

  /// Mean 1/2, variance 1/12, fourth central moment 1/80; bounds of five standard errors.
  @Test func uniformHasTheRightMoments() {
    var sequence = CounterRandom(seed: 1, purpose: .test).sequence(0)
    let count = 200_000
    let values = (0..<count).map { _ in Double(sequence.uniform()) }
    #expect(values.allSatisfy { $0 >= 0 && $0 < 1 })
    #expect(abs(moment(values, 1) - 0.5) < 5 * (1.0 / 12 / Double(count)).squareRoot())
    let centered = values.map { $0 - 0.5 }
    let error2 = ((1.0 / 80 - 1.0 / 144) / Double(count)).squareRoot()
    #expect(abs(moment(centered, 2) - 1.0 / 12) < 5 * error2)
    // Neighbours are uncorrelated.
    let products = zip(centered, centered.dropFirst()).map(*)
    #expect(abs(moment(products, 1)) < 5 / 12 / Double(count).squareRoot())
  }

  /// Moments 0, 1, 0, 3 of the standard normal distribution; bounds of five standard errors.
  @Test func normalHasTheRightMoments() {
    var sequence = CounterRandom(seed: 2, purpose: .test).sequence(0)
    let count = 200_000
    let values = (0..<count).map { _ in Double(sequence.normal()) }
    #expect(values.allSatisfy { $0.isFinite })
    for (order, expected, variance) in [(1, 0.0, 1.0), (2, 1, 2), (3, 0, 15), (4, 3, 96)] {
      let error = 5 * (variance / Double(count)).squareRoot()
      #expect(abs(moment(values, order) - expected) < error, "moment \(order)")
    }
    // 2.275 % of the values lie above two standard deviations.
    let tail = Double(values.count { $0 > 2 }) / Double(count)
    #expect(abs(tail - 0.02275) < 5 * (0.02275 * 0.97725 / Double(count)).squareRoot())
  }

  private func moment(_ values: [Double], _ order: Int) -> Double {
    let powers = values.map { value in
      (0..<order).reduce(1) { product, _ in product * value }
    }
    return powers.reduce(0, +) / Double(values.count)
  }
}
