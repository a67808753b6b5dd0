import TandemNetwork
import Testing

/// The checker must be able to fail.
@Suite struct ThreeProofsTests {
  let proofs: ThreeProofs
  let result: ThreeProofs.Result
  let inference: [Float]

  init() throws {
    proofs = try ThreeProofs(
      Network("checked", input: [2, 5, 5]) {
        Conv2D(3, kernel: 3).named("conv")
        ReLU()
        Dense(4).named("dense")
      })
    result = try proofs.runEngine()
    inference = try proofs.runInference()
  }

  @Test func acceptsWhatIsRight() {
    #expect(proofs.problems(in: result, inference: inference).isEmpty)
  }

  @Test(arguments: ["conv.weight", "conv.bias", "dense.weight", "dense.bias"])
  func noticesZerosAWrongSignAndAFactorInParameterGradients(name: String) {
    for factor: Float in [0, -1, 1.001, 0.5, .nan] {
      var wrong = result
      wrong.gradients[name] = wrong.gradients[name]?.map { $0 * factor }
      #expect(proofs.problems(in: wrong, inference: inference).count == 1, "factor \(factor)")
    }
  }

  @Test func noticesAWrongInputGradientAndAWrongOutput() {
    for factor: Float in [0, -1, 1.001, .nan] {
      var wrong = result
      wrong.imagesGradient = wrong.imagesGradient.map { $0 * factor }
      #expect(proofs.problems(in: wrong, inference: inference).count == 1)
      wrong = result
      wrong.output = wrong.output.map { $0 * factor }
      #expect(proofs.problems(in: wrong, inference: inference).count == 1)
      #expect(proofs.problems(in: result, inference: inference.map { $0 * factor }).count == 1)
    }
  }
}
