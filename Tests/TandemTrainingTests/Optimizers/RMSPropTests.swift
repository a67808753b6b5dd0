import Foundation
import TandemTensor
import TandemTraining
import Testing

@Suite struct RMSPropTests {
  let initial: [Double] = [1, -2, 0.5]
  let gradients: [Double] = [0.25, 1, -3]

  /// With a constant gradient the mean square after t steps is (1 - αᵗ)·g².
  @Test(arguments: [1, 2, 5, 20])
  func meanSquareApproachesTheSquare(steps: Int) {
    let (rate, alpha, epsilon) = (0.01, 0.9, 1e-3)
    let result = OptimizerRun.constant(
      RMSProp(alpha: alpha, epsilon: epsilon), parameters: initial.map(Float.init),
      gradients: gradients.map(Float.init), learningRate: Float(rate), steps: steps)
    let expected = zip(initial, gradients).map { parameter, gradient in
      (1...steps).reduce(parameter) { parameter, step in
        let root = ((1 - pow(alpha, Double(step))) * gradient * gradient).squareRoot()
        return parameter - rate * gradient / (root + epsilon)
      }
    }
    #expect(worstDifference(result, expected) < 1e-6)
  }

  /// The centered form divides by the standard deviation: (1 - αᵗ)·g² - ((1 - αᵗ)·g)².
  @Test(arguments: [1, 2, 5, 20])
  func centeredUsesTheVariance(steps: Int) {
    let (rate, alpha, epsilon) = (0.01, 0.9, 1e-3)
    let result = OptimizerRun.constant(
      RMSProp(alpha: alpha, epsilon: epsilon, centered: true),
      parameters: initial.map(Float.init), gradients: gradients.map(Float.init),
      learningRate: Float(rate), steps: steps)
    let expected = zip(initial, gradients).map { parameter, gradient in
      (1...steps).reduce(parameter) { parameter, step in
        let weight = 1 - pow(alpha, Double(step))
        let root = ((weight - weight * weight) * gradient * gradient).squareRoot()
        return parameter - rate * gradient / (root + epsilon)
      }
    }
    #expect(worstDifference(result, expected) < 1e-6)
  }

  /// A gradient that stays the same has no variance, and rounding makes it negative: of these
  /// values some would become NaN within the first thousands of steps.
  @Test(arguments: [0, 0.9])
  func centeredStaysFiniteWithoutVariance(momentum: Double) {
    var random = CounterRandom(seed: 1, purpose: .test).sequence(0)
    let gradients = (0..<500).map { _ in random.normal() }
    let result = OptimizerRun.constant(
      RMSProp(momentum: momentum, centered: true),
      parameters: Array(repeating: 0, count: gradients.count), gradients: gradients,
      learningRate: 1e-6, steps: 3000)
    #expect(result.allSatisfy { $0.isFinite })
  }

  /// α = 0 makes every update sign(g), whose velocity is a geometric series.
  @Test(arguments: [1, 2, 5])
  func momentumSumsUpdates(steps: Int) {
    let (rate, momentum) = (0.01, 0.5)
    let result = OptimizerRun.constant(
      RMSProp(alpha: 0, momentum: momentum), parameters: initial.map(Float.init),
      gradients: gradients.map(Float.init), learningRate: Float(rate), steps: steps)
    let distance = (1...steps).reduce(0.0) { sum, step in
      sum + (1 - pow(momentum, Double(step))) / (1 - momentum)
    }
    let expected = zip(initial, gradients).map { $0 - rate * distance * ($1 < 0 ? -1 : 1) }
    #expect(worstDifference(result, expected) < 1e-6)
  }

  @Test func stateByOptions() {
    #expect(RMSProp().stateNames == ["squareAverage"])
    #expect(
      RMSProp(momentum: 0.9, centered: true).stateNames
        == ["squareAverage", "momentum", "average"])
  }
}
