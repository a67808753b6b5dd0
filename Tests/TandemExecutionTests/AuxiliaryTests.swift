import TandemExecution
import TandemNetwork
import TandemReference
import TandemTensor
import Testing

@Suite struct AuxiliaryTests {
  static let network = Network("auxiliary", input: [2, 6, 6]) {
    Conv2D(4, kernel: 3, padding: 1)
    ReLU()
    Auxiliary("side", weight: 0.5) {
      AveragePool2D(2)
      Dense(3)
    }
    MaxPool2D(2)
    Auxiliary(weight: 0.25) { Dense(3) }
    Dense(3)
  }

  /// Gradients of the weighted sum of all outputs, against differences of the reference.
  @Test func addsGradientsOfAllOutputs() throws {
    let proofs = try ThreeProofs(Self.network)
    #expect(proofs.graph.auxiliaryOutputs.map(\.weight) == [0.5, 0.25])
    try proofs.check(output: [3], parameters: 76 + 111 + 111 + 111)
  }

  @Test func leavesBranchesOutAtInference() throws {
    let graph = try Self.network.graph()
    let labels = try Plan(graph, images: 2, mode: .inference).report.map(\.label)
    #expect(!labels.contains { $0.hasPrefix("side") || $0.hasPrefix("auxiliary1") })
    let bare = try Self.network.withoutAuxiliaries().graph()
    #expect(try Plan(bare, images: 2, mode: .inference).report.map(\.label) == labels)
    #expect(bare.parameterLayout.trainableParameters == 76 + 111)
  }
}
