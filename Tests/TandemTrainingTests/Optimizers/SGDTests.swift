import TandemTraining
import Testing

@Suite struct SGDTests {
  let initial: [Float] = [1, -2, 0.5]
  let gradients: [Float] = [0.25, 1, -3]

  @Test(arguments: 1...5)
  func plainFollowsTheLine(steps: Int) {
    let result = OptimizerRun.constant(
      SGD(), parameters: initial, gradients: gradients, learningRate: 0.125, steps: steps)
    let expected = zip(initial, gradients).map { Double($0) - Double(steps) * 0.125 * Double($1) }
    #expect(result == expected)
  }

  @Test(arguments: 1...5)
  func weightDecayShrinksGeometrically(steps: Int) {
    let result = OptimizerRun.constant(
      SGD(weightDecay: 0.5), parameters: initial, gradients: [0, 0, 0], learningRate: 0.5,
      steps: steps)
    var factor = 1.0
    for _ in 0..<steps { factor *= 0.75 }
    #expect(result == initial.map { Double($0) * factor })
  }

  /// With a constant gradient g the velocity after t steps is g·(1 - μᵗ)/(1 - μ).
  @Test(arguments: 1...8)
  func momentumSumsAGeometricSeries(steps: Int) {
    let rate = 0.125
    let momentum = 0.5
    let result = OptimizerRun.constant(
      SGD(momentum: momentum), parameters: initial, gradients: gradients,
      learningRate: Float(rate), steps: steps)
    var power = 1.0
    var distance = 0.0
    for _ in 0..<steps {
      power *= momentum
      distance += (1 - power) / (1 - momentum)
    }
    let expected = zip(initial, gradients).map { Double($0) - rate * distance * Double($1) }
    #expect(worstDifference(result, expected) < 1e-6)
  }

  /// Nesterov's form adds one more momentum: step t moves by g·(1 - μᵗ⁺¹)/(1 - μ).
  @Test(arguments: 1...8)
  func nesterovLooksOneStepAhead(steps: Int) {
    let rate = 0.125
    let momentum = 0.5
    let result = OptimizerRun.constant(
      SGD(momentum: momentum, nesterov: true), parameters: initial, gradients: gradients,
      learningRate: Float(rate), steps: steps)
    var power = momentum
    var distance = 0.0
    for _ in 0..<steps {
      power *= momentum
      distance += (1 - power) / (1 - momentum)
    }
    let expected = zip(initial, gradients).map { Double($0) - rate * distance * Double($1) }
    #expect(worstDifference(result, expected) < 1e-6)
  }

  @Test func stateOnlyWithMomentum() {
    #expect(SGD().stateNames.isEmpty)
    #expect(SGD(momentum: 0.9).stateNames == ["momentum"])
  }

  @Test func nesterovNeedsMomentum() {
    #expect(throws: OptimizerError.nesterovWithoutMomentum) {
      try SGD(OptimizerOptions(nesterov: true))
    }
  }
}
