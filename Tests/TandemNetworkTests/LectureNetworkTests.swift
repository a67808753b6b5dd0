import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

/// The small networks that exist to show one idea differ in that idea only.
@Suite struct LectureNetworkTests {
  private func graph(_ name: String) throws -> NetworkGraph {
    try Zoo.network(named: name).graph()
  }

  /// Convolutions between the first pooling and the last.
  private func stack(_ name: String) throws -> [Conv2D] {
    try graph(name).nodes.compactMap { $0.layer as? Conv2D }.dropFirst().map { $0 }
  }

  /// Rows of the input that one row of the output depends on, through convolutions of stride 1.
  private func receptiveField(_ layers: [Conv2D]) -> Int {
    layers.reduce(1) { $0 + $1.kernel.height - 1 }
  }

  @Test(arguments: [("stack-3x3x2", "stack-5x5", 5), ("stack-3x3x3", "stack-7x7", 7)])
  func stacksSeeAsMuchAsOneLargeKernel(many: String, one: String, expected: Int) throws {
    let (small, large) = (try stack(many), try stack(one))
    #expect(large.count == 1)
    #expect(small.allSatisfy { $0.kernel == 3 && $0.stride == 1 })
    #expect(receptiveField(small) == expected)
    #expect(receptiveField(large) == expected)
  }

  /// 18·C² and 25·C², 27·C² and 49·C², with C = 64, and as many biases as maps.
  @Test(arguments: [
    ("stack-3x3x2", 18, 2), ("stack-5x5", 25, 1), ("stack-3x3x3", 27, 3), ("stack-7x7", 49, 1),
  ])
  func weightsOfTheStack(name: String, squares: Int, layers: Int) throws {
    let convolutions = NetworkSummary(try graph(name)).layers
      .filter { $0.kind == "Conv2D" }.dropFirst()
    #expect(convolutions.reduce(0) { $0 + $1.parameters } == squares * 64 * 64 + layers * 64)
    #expect(convolutions.reduce(0) { $0 + $1.multiplyAdds } == squares * 64 * 64 * 16 * 16)
  }

  @Test(arguments: [("reduction-none", 112_896_000), ("reduction-1x1", 5_268_480)])
  func multiplyAddsOfTheReduction(name: String, expected: Int) throws {
    let graph = try graph(name)
    #expect(NetworkSummary(graph).multiplyAdds == expected)
    #expect(graph.nodes.last { $0.layer is Conv2D }?.outputShape == [48, 14, 14])
  }

  /// The branch is the one of GoogLeNet's module 4a.
  @Test func theReductionIsThatOfGoogLeNet() throws {
    let module = try graph("googlenet").nodes.filter { $0.name.hasPrefix("inception4a.branch3") }
      .filter { $0.layer is Conv2D }
    let alone = try graph("reduction-1x1").nodes.filter { $0.layer is Conv2D }
    #expect(module.map(\.multiplyAdds) == alone.map(\.multiplyAdds))
  }

  @Test func theTwinsDifferInTheirActivationOnly() throws {
    let (relu, tanh) = (try graph("cifar-relu").nodes, try graph("cifar-tanh").nodes)
    #expect(relu.count == tanh.count)
    var activations = 0
    for (first, second) in zip(relu, tanh) {
      #expect(first.outputShape == second.outputShape)
      if first.layer is ReLU {
        #expect(second.layer is Tanh)
        activations += 1
      } else {
        #expect("\(first.layer)" == "\(second.layer)")
        #expect(first.parameters == second.parameters)
      }
    }
    #expect(activations == 3)
  }
}
