import TandemNetwork
import TandemReference
import TandemTensor
import Testing

@Suite struct NumericalGradientTests {
  private let network = Network("small", input: [1, 6, 6]) {
    Conv2D(3, kernel: 3, padding: 1)
    Tanh()
    AveragePool2D(2)
    Dense(4)
  }

  private let parameters: [String: [Double]] = [
    "conv1.weight": pattern(27, salt: 2), "conv1.bias": pattern(3, salt: 3),
    "dense1.weight": pattern(108, salt: 4), "dense1.bias": pattern(4, salt: 5),
  ]

  @Test func agreesWithPyTorchsBackpropagation() throws {
    let expected = try ReferenceLayerTests.Fixture.shared.get().gradients
    let gradient = NumericalGradient(
      network: ReferenceNetwork(try network.graph()), images: pattern(72, salt: 1),
      labels: [3, 1], parameters: parameters, smoothing: 0.1)
    #expect(abs(gradient.loss - expected.loss) < 1e-10)
    #expect(expected.parameters.keys.sorted() == parameters.keys.sorted())
    for (name, values) in expected.parameters {
      let found = values.indices.map { gradient.ofParameter(name, element: $0) }
      #expect(largestDifference(found, values) < 1e-8, "\(name)")
    }
    let found = expected.input.indices.map { gradient.ofInput(element: $0) }
    #expect(largestDifference(found, expected.input) < 1e-8)
  }

  @Test func recomputingFromANodeEqualsComputingAll() throws {
    let graph = try Network("branches", input: [2, 5, 5]) {
      Concat {
        Branch { Conv2D(2, kernel: 3, padding: 1) }
        Branch { Residual { Conv2D(2, kernel: 1) } }
      }
      Dropout(0.5)
      Dense(3)
    }.graph()
    let reference = ReferenceNetwork(graph)
    let dropout = DropoutContext(seed: 1, epoch: 0, firstPosition: 0)
    let images = pattern(100, salt: 1)
    var parameters: [String: [Double]] = [:]
    for (salt, entry) in graph.parameterLayout.entries.enumerated() {
      parameters[entry.name] = pattern(entry.elementCount, salt: salt)
    }
    let before = reference.forward(
      images: images, count: 2, parameters: parameters, dropout: dropout)
    for entry in graph.parameterLayout.entries {
      var changed = parameters
      changed[entry.name]?[0] += 0.5
      let all = reference.forward(images: images, count: 2, parameters: changed, dropout: dropout)
      let some = reference.forward(
        from: entry.nodeIndex, reusing: before, images: images, count: 2, parameters: changed,
        dropout: dropout)
      #expect(all == some)
      #expect(all.last != before.last, "\(entry.name) changes nothing")
    }
  }
}
