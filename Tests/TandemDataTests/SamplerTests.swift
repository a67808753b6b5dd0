import TandemData
import Testing

@Suite struct SamplerTests {
  /// From `Tests/Fixtures/TandemData/make_fixtures.py`, an implementation of its own.
  @Test func givesTheDocumentedOrders() {
    #expect(Sampler(count: 10, seed: 0).order(epoch: 0) == [0, 5, 1, 2, 6, 9, 7, 4, 8, 3])
    #expect(Sampler(count: 10, seed: 0).order(epoch: 1) == [7, 2, 0, 4, 8, 5, 3, 9, 6, 1])
    #expect(Sampler(count: 10, seed: 42).order(epoch: 0) == [4, 7, 1, 6, 5, 2, 9, 0, 8, 3])
    #expect(
      Sampler(count: 60_000, seed: 7).order(epoch: 3).prefix(5)
        == [1219, 53590, 45034, 49065, 59229])
  }

  @Test(arguments: [0, 1, 2, 3, 1000, 60_000]) func visitsEachImageOnce(count: Int) {
    let order = Sampler(count: count, seed: 1).order(epoch: 5)
    #expect(order.sorted() == (0..<Int32(count)).map { $0 })
  }

  @Test func keepsTheOrderOfTheDataSet() {
    let sampler = Sampler(count: 5, seed: 1, shuffle: false)
    #expect(sampler.order(epoch: 0) == [0, 1, 2, 3, 4])
    #expect(sampler.order(epoch: 9) == [0, 1, 2, 3, 4])
  }

  /// Each of the 24 orders of four images comes up equally often: chi-squared with 23 degrees of
  /// freedom has a mean of 23 and a standard deviation of 6.8.
  @Test func ordersAreEquallyLikely() {
    let epochs = 24_000
    var counts: [[Int32]: Int] = [:]
    let sampler = Sampler(count: 4, seed: 3)
    for epoch in 0..<epochs { counts[sampler.order(epoch: epoch), default: 0] += 1 }
    #expect(counts.count == 24)
    let expected = Double(epochs) / 24
    let chiSquared = counts.values.reduce(0) { sum, count in
      sum + (Double(count) - expected) * (Double(count) - expected) / expected
    }
    #expect(chiSquared < 23 + 5 * 6.8)
  }
}
