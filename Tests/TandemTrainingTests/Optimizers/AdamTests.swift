import Foundation
import TandemTraining
import Testing

@Suite struct AdamTests {
  let initial: [Double] = [1, -2, 0.5]
  let gradients: [Double] = [0.25, 1, -3]

  /// With a constant gradient the corrected moments are g and g² from the first step on, so every
  /// step moves by rate·g/(|g| + ε).
  @Test(arguments: [1, 2, 10, 100])
  func constantGradientsGiveConstantSteps(steps: Int) {
    let (rate, epsilon) = (0.01, 0.1)
    let result = OptimizerRun.constant(
      Adam(epsilon: epsilon), parameters: initial.map(Float.init),
      gradients: gradients.map(Float.init), learningRate: Float(rate), steps: steps)
    let expected = zip(initial, gradients).map {
      $0 - Double(steps) * rate * $1 / (abs($1) + epsilon)
    }
    #expect(worstDifference(result, expected) < 2e-6)
  }

  /// Two steps with different gradients, the moments written out.
  @Test func twoStepsByHand() {
    var run = OptimizerRun(Adam(beta1: 0.5, beta2: 0.75, epsilon: 0.01), parameters: [1])
    run.step(gradients: [2], learningRate: 0.1)
    run.step(gradients: [-1], learningRate: 0.2)
    let first = 1 - 0.1 * 2 / (2 + 0.01)
    let average = 0.5 * (0.5 * 2) + 0.5 * -1  // 0: (1 - β₁) of 2, halved, and half of -1
    let squareAverage = 0.75 * (0.25 * 4) + 0.25 * 1
    let root = (squareAverage / (1 - 0.75 * 0.75)).squareRoot()
    let second = first - 0.2 * (average / (1 - 0.25)) / (root + 0.01)
    #expect(abs(Double(run.parameters[0]) - second) < 1e-6)
    #expect(run.state[0][0] == 0)
    #expect(run.state[1][0] == 1)
  }

  /// Decay joins the gradient, so without a gradient the first step moves by rate·sign(p).
  @Test func weightDecayJoinsTheGradient() {
    let result = OptimizerRun.constant(
      Adam(weightDecay: 0.5), parameters: initial.map(Float.init), gradients: [0, 0, 0],
      learningRate: 0.01, steps: 1)
    #expect(worstDifference(result, initial.map { $0 - 0.01 * ($0 < 0 ? -1 : 1) }) < 1e-6)
  }
}
