import TandemNetwork
import TandemTensor
import Testing

@Suite struct ParameterInitializationTests {
  /// All parameters by name.
  private func values(_ network: Network, seed: UInt64) throws -> [String: [Float]] {
    let layout = try network.graph().parameterLayout
    var arena = Array(repeating: Float.nan, count: layout.elementCount)
    arena.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { layout.initialize(base, seed: seed) }
    }
    #expect(arena.allSatisfy { !$0.isNaN })
    return Dictionary(
      uniqueKeysWithValues: layout.entries.map { ($0.name, Array(arena[$0.range])) })
  }

  /// The weights of a dense layer with 400 inputs and 300 outputs.
  private func weights(_ initializer: Initializer, seed: UInt64 = 1) throws -> [Double] {
    let network = Network("one", input: [400]) { Dense(300, weightInitializer: initializer) }
    return try #require(values(network, seed: seed)["dense1.weight"]).map(Double.init)
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  /// The uniform distribution in ±b has the deviation b / √3; of 120,000 samples the mean's own is
  /// b / √3 / 346, so a wrong bound or centre by 1 % is far outside.
  @Test(arguments: [
    (Initializer.uniformFanIn, 0.05),
    (.heUniform, 0.122_474_487),
    (.xavierUniform, 0.092_582_010),
  ])
  func uniformDistributions(initializer: Initializer, bound: Double) throws {
    let values = try weights(initializer)
    #expect(values.allSatisfy { abs($0) <= bound })
    #expect((values.max() ?? 0) > 0.999 * bound)
    #expect((values.min() ?? 0) < -0.999 * bound)
    #expect(abs(mean(values)) < 0.01 * bound)
    #expect(abs(mean(values.map { $0 * $0 }).squareRoot() / bound - 0.577_350) < 0.003)
  }

  @Test(arguments: [
    (Initializer.heNormal, 0.070_710_678),
    (.xavierNormal, 0.053_452_248),
    (.normal(standardDeviation: 0.01), 0.01),
  ])
  func normalDistributions(initializer: Initializer, deviation: Double) throws {
    let scaled = try weights(initializer).map { $0 / deviation }
    #expect(abs(mean(scaled)) < 0.015)
    #expect(abs(mean(scaled.map { $0 * $0 }) - 1) < 0.02)
    #expect(abs(mean(scaled.map { $0 * $0 * $0 })) < 0.04)
    // The normal distribution's fourth moment is 3, and 68.27 % lie within one deviation.
    #expect(abs(mean(scaled.map { $0 * $0 * $0 * $0 }) - 3) < 0.15)
    #expect(abs(mean(scaled.map { abs($0) < 1 ? 1 : 0 }) - 0.6827) < 0.007)
    // Neighbours, which share random words, are not correlated.
    let products = zip(scaled, scaled.dropFirst()).map { $0 * $1 }
    #expect(abs(mean(products)) < 0.015)
  }

  @Test func constants() throws {
    #expect(try Set(weights(.constant(0.25))) == [0.25])
  }

  @Test func biasesUseTheSameBoundAsTheirWeights() throws {
    let network = Network("one", input: [4, 3, 3]) { Conv2D(5000, kernel: 3) }
    let bias = try #require(values(network, seed: 3)["conv1.bias"])
    #expect(bias.allSatisfy { abs($0) <= 1 / 6 })
    #expect((bias.map(abs).max() ?? 0) > 0.16)
  }

  @Test func dependOnSeedAndNameOnly() throws {
    let small = Network("small", input: [20]) { Dense(7) }
    let large = Network("large", input: [20]) {
      Dense(7)
      ReLU()
      Dense(9)
    }
    let first = try values(small, seed: 5)
    let second = try values(large, seed: 5)
    #expect(first["dense1.weight"] == second["dense1.weight"])
    #expect(first["dense1.bias"] == second["dense1.bias"])
    #expect(try values(small, seed: 6)["dense1.weight"] != first["dense1.weight"])
    let renamed = Network("small", input: [20]) { Dense(7).named("other") }
    #expect(try values(renamed, seed: 5)["other.weight"] != first["dense1.weight"])
  }

  @Test func aLongerParameterStartsWithTheShorter() throws {
    let short = try values(Network("s", input: [5]) { Dense(1, bias: false) }, seed: 5)
    let long = try values(Network("l", input: [5]) { Dense(3, bias: false) }, seed: 5)
    #expect(long["dense1.weight"]?.count == 15)
    #expect(long["dense1.weight"]?.prefix(5) == short["dense1.weight"]?.prefix(5))
  }

  /// Computed by Tests/Fixtures/initial_values.py, so that training runs stay comparable over
  /// versions.
  @Test func literalValues() throws {
    let network = Network("one", input: [4]) {
      Dense(2)
      Dense(2, weightInitializer: .normal(standardDeviation: 1))
    }
    let found = try values(network, seed: 42)
    let uniform: [Double] = [
      -0.0957607627, -0.000315785408, -0.0918394327, -0.412869155, -0.415429592, 0.118405104,
      -0.432696521, 0.0252730846,
    ]
    let normal: [Double] = [0.518060978, 0.812760389, 0.13833369, 0.657695747]
    #expect(largestDifference(found["dense1.weight", default: []].map(Double.init), uniform) < 1e-7)
    #expect(largestDifference(found["dense2.weight", default: []].map(Double.init), normal) < 1e-7)
  }
}
