import TandemExecution
import TandemNetwork
import TandemTensor
import Testing

/// Weight gradients that are left to whoever has the factors of all images.
@Suite struct FactoredWeightTests {
  private let graph: NetworkGraph
  private let parameters: MemoryArena
  private let images: [Float]
  private static let imageCount = 5

  init() throws {
    graph = try Network("made-up", input: [3, 7, 7]) {
      Conv2D(5, kernel: 3).named("conv")
      Tanh()
      Dense(150).named("first")  // 125 inputs, and outputs that make five blocks and a part of one
      Tanh()
      Dense(7, bias: false).named("second")
    }.graph()
    parameters = try MemoryArena(
      byteCount: graph.parameterLayout.elementCount * 4, purpose: "test")
    graph.parameterLayout.initialize(parameters.floats(), seed: 3)
    var random = CounterRandom(seed: 1, purpose: .test).sequence(0)
    images = (0..<(Self.imageCount * graph.inputShape.elementCount)).map { _ in random.normal() }
  }

  private var weights: [FactoredWeight] {
    graph.parameterLayout.entries.compactMap { FactoredWeight($0, of: graph) }
  }

  private func gradients(factored: [FactoredWeight], factors: [FactorRows]) throws -> [Float] {
    let plan = try Plan(
      graph, images: Self.imageCount, mode: .training, use: PlanUse(factored: factored))
    let replica = try Replica(plan: plan, parameters: parameters.floats())
    let count = graph.parameterLayout.elementCount
    let arena = try MemoryArena(byteCount: count * 4, purpose: "test")
    return try images.withUnsafeBufferPointer {
      try replica.forward(images: $0.baseAddress!)
      for index in 0..<Self.imageCount * 7 {
        replica.logitsGradient[index] = Float(index % 5) - 2.3
      }
      try replica.backward(into: arena.floats(), factors: factors)
      return Array(UnsafeBufferPointer(start: arena.floats(), count: count))
    }
  }

  @Test func onlyWeightsOfDenseLayersHaveFactors() {
    #expect(weights.map(\.entry.name) == ["second.weight", "first.weight"])
    #expect(weights.map(\.inputs) == [150, 125])
    #expect(weights.map(\.inputStride) == [160, 128])
    #expect(weights.map(\.outputStride) == [16, 160])
    let offset = weights[1].entry.offset
    #expect(
      weights[1].blocks.map { $0.lowerBound - offset..<$0.upperBound - offset }
        == (0..<5).map { $0 * 3500..<$0 * 3500 + 3500 } + [17500..<18750])
    #expect(weights[1].blockElements == 3500)
    #expect(weights[0].blocks == [weights[0].entry.range])
    #expect(weights.map(\.outputsAtOnce) == [28, 28])
  }

  /// Everything but the factored weights has the very bits of a plan without factors; their
  /// gradients, which are formed in another order, agree.
  @Test func productsOfTheFactorsAreTheGradients() throws {
    let expected = try gradients(factored: [], factors: [])
    let arenas = try weights.map { weight in
      (
        try MemoryArena(byteCount: Self.imageCount * weight.inputStride * 4, purpose: "test"),
        try MemoryArena(byteCount: Self.imageCount * weight.outputStride * 4, purpose: "test")
      )
    }
    defer { withExtendedLifetime(arenas) {} }
    let factors = arenas.map { FactorRows(input: $0.0.floats(), outputGradient: $0.1.floats()) }
    var found = try gradients(factored: weights, factors: factors)
    for (weight, factors) in zip(weights, factors) {
      // Backward leaves these places alone.
      #expect(found[weight.entry.range].allSatisfy { $0 == 0 })
      for block in weight.blocks {
        found.withUnsafeMutableBufferPointer {
          weight.computeGradient(
            of: block, images: Self.imageCount, factors: factors,
            into: $0.baseAddress! + block.lowerBound)
        }
      }
    }
    for entry in graph.parameterLayout.entries {
      let scale = expected[entry.range].map(abs).max() ?? 0
      #expect(scale > 0)
      for element in entry.range {
        #expect(abs(found[element] - expected[element]) <= 2e-6 * scale, "\(entry.name)")
      }
    }
    // Fewer images, another sum: the comparison can fail.
    var fewer = [Float](repeating: 0, count: weights[1].blocks[0].count)
    fewer.withUnsafeMutableBufferPointer {
      weights[1].computeGradient(
        of: weights[1].blocks[0], images: Self.imageCount - 1, factors: factors[1],
        into: $0.baseAddress!)
    }
    #expect(zip(fewer, found[weights[1].blocks[0]]).contains { abs($0 - $1) > 1e-4 })
  }
}
