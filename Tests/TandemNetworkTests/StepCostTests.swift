import TandemNetwork
import TandemZoo
import Testing

@Suite struct StepCostTests {
  /// 30 maps of 24×24 by 5×5 kernels, then 30·12·12 inputs to 100 units, and these to 10.
  @Test func theFirstLayerNeedsNoGradientOfItsInput() throws {
    let graph = try Zoo.network(named: "simple-convnet").graph()
    #expect(graph.forwardMultiplyAdds == 432_000 + 432_000 + 1000)
    #expect(graph.trainingMultiplyAdds == 2 * 432_000 + 3 * 432_000 + 3 * 1000)
  }

  @Test func auxiliaryBranchesCountInTrainingOnly() throws {
    let graph = try Network("branched", input: [2, 4, 4]) {
      Conv2D(3, kernel: 3)  // 3 maps of 2×2 by 2·9 weights
      Auxiliary("side", weight: 0.3) { Dense(5) }  // 12 inputs
      Dense(5)
    }.graph()
    #expect(graph.forwardMultiplyAdds == 216 + 60)
    #expect(graph.trainingMultiplyAdds == 2 * 216 + 3 * 60 + 3 * 60)
  }

  /// Targets of radial basis units are not trained, and neither is what comes before all
  /// parameters.
  @Test func whatIsNotTrainedTakesNoGradient() throws {
    let graph = try Network("radial", input: [1, 2, 2]) {
      AveragePool2D(2)
      Dense(4)
      RadialBasisOutput(targets: [[1, 1, 1, 1], [-1, -1, -1, -1]])
    }.graph()
    #expect(graph.trainingMultiplyAdds == 2 * 4 + 2 * 8)
  }
}
