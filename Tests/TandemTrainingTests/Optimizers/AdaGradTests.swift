import TandemTraining
import Testing

@Suite struct AdaGradTests {
  let initial: [Double] = [1, -2, 0.5]
  let gradients: [Double] = [0.25, 1, -3]

  /// With a constant gradient the sum of squares after t steps is t·g², so step t moves by
  /// rate·sign(g)/√t.
  @Test(arguments: [1, 2, 5, 20], [0, 0.5])
  func stepsFallWithTheRootOfTheirNumber(steps: Int, decay: Double) {
    let rate = 0.1
    let result = OptimizerRun.constant(
      AdaGrad(learningRateDecay: decay), parameters: initial.map(Float.init),
      gradients: gradients.map(Float.init), learningRate: Float(rate), steps: steps)
    let distance = (1...steps).reduce(0.0) { sum, step in
      sum + rate / (1 + Double(step - 1) * decay) / Double(step).squareRoot()
    }
    let expected = zip(initial, gradients).map { $0 - distance * ($1 < 0 ? -1 : 1) }
    #expect(worstDifference(result, expected) < 1e-6)
  }

  @Test func anElementWithoutGradientStays() {
    let result = OptimizerRun.constant(
      AdaGrad(), parameters: [0, 3], gradients: [0, 0], learningRate: 1, steps: 3)
    #expect(result == [0, 3])
  }
}
