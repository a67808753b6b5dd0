import TandemNetwork
import TandemReference
import TandemTensor
import Testing

@Suite struct DropoutTests {
  private let context = DropoutContext(seed: 7, epoch: 2, firstPosition: 100)

  @Test(arguments: [0, 0.25, 0.999_999_94] as [Float]) func takesRatesBelowOne(rate: Float) throws {
    #expect(layerError(Dropout(rate), on: [3]) == "no error")
  }

  @Test func errors() {
    #expect(layerError(Dropout(1), on: [3]) == "rate 1.0 is outside 0 ≤ rate < 1")
    #expect(layerError(Dropout(-0.5), on: [3]) == "rate -0.5 is outside 0 ≤ rate < 1")
    #expect(layerError(Dropout(.nan), on: [3]) == "rate nan is outside 0 ≤ rate < 1")
  }

  @Test func doesNothingAtInference() throws {
    #expect(try reference(Dropout(0.5), on: [4], [1, 2, 3, 4]) == [1, 2, 3, 4])
  }

  @Test func dropsTheStatedShareAndKeepsTheMean() throws {
    let ones = Array(repeating: 1.0, count: 100_000)
    let output = try reference(Dropout(0.25), on: [100_000], ones, dropout: context)
    let dropped = output.count { $0 == 0 }
    // Five standard deviations of a binomial distribution: 5 · √(100000 · 0.25 · 0.75) = 685.
    #expect(abs(dropped - 25_000) < 685)
    #expect(output.allSatisfy { $0 == 0 || $0 == 1 / 0.75 })
  }

  @Test func theMaskIsTheWordsOfTheCounter() throws {
    let ones = Array(repeating: 1.0, count: 12)
    let output = try reference(Dropout(0.5), on: [6], ones, dropout: context)
    let random = CounterRandom(seed: 7, purpose: .dropout)
    let expected = (0..<2).flatMap { image in
      (0..<6).map { element in
        let words = random.words(UInt32(element / 4), 0, 100 + UInt32(image), 2)
        return words[element % 4] >= 0x8000_0000 ? 2.0 : 0.0
      }
    }
    #expect(output == expected)
    #expect(Set(output) == [0, 2])
  }

  @Test func theMaskDependsOnEachPartOfItsContext() throws {
    let ones = Array(repeating: 1.0, count: 64)
    func mask(seed: UInt64 = 7, epoch: UInt32 = 2, first: UInt32 = 100) throws -> [Double] {
      try reference(
        Dropout(0.5), on: [64], ones,
        dropout: DropoutContext(seed: seed, epoch: epoch, firstPosition: first))
    }
    #expect(try mask() == mask())
    #expect(try mask() != mask(seed: 8))
    #expect(try mask() != mask(epoch: 3))
    #expect(try mask() != mask(first: 101))
  }

  @Test func aSamplesMaskDoesNotDependOnItsShard() throws {
    let ones = Array(repeating: 1.0, count: 4 * 32)
    let whole = try reference(Dropout(0.5), on: [32], ones, dropout: context)
    var second = context
    second.firstPosition += 2
    let half = try reference(Dropout(0.5), on: [32], Array(ones[..<64]), dropout: second)
    #expect(Array(whole[64...]) == half)
  }

  @Test func everyDropoutLayerHasItsOwnMask() throws {
    let graph = try Network("two", input: [64]) {
      Concat {
        Branch { Dropout(0.5) }
        Branch { Dropout(0.5) }
      }
    }.graph()
    let outputs = ReferenceNetwork(graph).forward(
      images: Array(repeating: 1, count: 64), count: 1, parameters: [:], dropout: context)
    #expect(outputs[0] != outputs[1])
  }

  @Test func printsAsSource() {
    #expect("\(Dropout(0.25))" == "Dropout(0.25)")
  }
}
