import TandemTraining
import Testing

/// Ten steps against PyTorch's; the numbers come from Tests/Fixtures/pytorch/optimizers.py.
@Suite struct OptimizerGoldenTests {
  struct Golden: Decodable {
    let initial: [Float]
    let gradients: [[Float]]
    let cases: [Case]

    struct Case: Decodable {
      let optimizer: String
      let learningRate: Float
      let hyperParameters: [String: Double]
      let parametersAfterStep: [[Float]]

      func make() throws -> AnyOptimizer {
        let values = try hyperParameters.map { name, value in
          (try #require(HyperParameter(rawValue: name)), value)
        }
        return try AnyOptimizer(
          named: optimizer,
          options: OptimizerOptions(values: Dictionary(uniqueKeysWithValues: values)))
      }
    }
  }

  @Test func tenStepsOfPyTorch() throws {
    let golden = try PyTorchFixture.read("optimizers", as: Golden.self)
    // PyTorch has no LARS nor LAMB; LARSTests and LAMBTests have their numbers.
    #expect(Set(golden.cases.map(\.optimizer) + ["lars", "lamb"]) == Set(AnyOptimizer.names))
    for example in golden.cases {
      var run = OptimizerRun(try example.make(), parameters: golden.initial)
      #expect(golden.gradients.count == 10)
      for (gradients, expected) in zip(golden.gradients, example.parametersAfterStep) {
        run.step(gradients: gradients, learningRate: example.learningRate)
        let difference = worstDifference(
          run.parameters.map(Double.init), expected.map(Double.init))
        #expect(
          difference < 1e-6,
          "\(example.optimizer) \(example.hyperParameters), step \(run.stepsMade)")
      }
    }
  }
}
