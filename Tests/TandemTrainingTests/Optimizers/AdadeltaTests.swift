import TandemTraining
import Testing

@Suite struct AdadeltaTests {
  /// The first update is √ε / √((1 - ρ)·g² + ε) · g.
  @Test func firstStep() {
    let (rho, epsilon) = (0.75, 0.01)
    let result = OptimizerRun.constant(
      Adadelta(rho: rho, epsilon: epsilon), parameters: [1, -2], gradients: [0.25, -3],
      learningRate: 2, steps: 1)
    let expected = zip([1.0, -2], [0.25, -3]).map { parameter, gradient in
      parameter
        - 2 * epsilon.squareRoot() / ((1 - rho) * gradient * gradient + epsilon).squareRoot()
        * gradient
    }
    #expect(worstDifference(result, expected) < 1e-6)
  }

  /// The recursion of the paper in double precision, changing gradients.
  @Test func tenStepsOfTheRecursion() {
    let (rho, epsilon, decay) = (0.9, 1e-3, 0.1)
    var run = OptimizerRun(
      Adadelta(rho: rho, epsilon: epsilon, weightDecay: decay), parameters: [1.5])
    var (parameter, square, squareUpdate) = (1.5, 0.0, 0.0)
    for step in 1...10 {
      let given = Double(step) - 4
      run.step(gradients: [Float(given)], learningRate: 1)
      let gradient = given + decay * parameter
      square = rho * square + (1 - rho) * gradient * gradient
      let update =
        (squareUpdate + epsilon).squareRoot() / (square + epsilon).squareRoot() * gradient
      squareUpdate = rho * squareUpdate + (1 - rho) * update * update
      parameter -= update
      #expect(abs(Double(run.parameters[0]) - parameter) < 2e-6, "step \(step)")
    }
  }
}
