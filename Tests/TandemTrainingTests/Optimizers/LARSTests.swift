import Foundation
import TandemTensor
import TandemTraining
import TestSupport
import Testing

@Suite struct LARSTests {
  /// What Tests/Fixtures/lars.py computed without any of Tandem's code.
  struct Golden: Decodable {
    typealias Parameters = [String: [Float]]
    let initial: Parameters
    let gradients: [Parameters]
    let cases: [Case]

    struct Case: Decodable {
      let learningRate: Float
      let hyperParameters: [String: Double]
      let parametersAfterStep: [[String: [Double]]]
    }
  }

  private static func norm(_ elements: [Float]) -> Double {
    elements.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  /// Makes a step with the rate for the run's parameters and these gradients.
  private static func step(
    _ run: inout OptimizerRun, _ optimizer: any LayerwiseOptimizer, gradients: [Float],
    learningRate: Float
  ) {
    let rate = optimizer.learningRate(
      learningRate, weightNorm: norm(run.parameters), gradientNorm: norm(gradients))
    run.step(gradients: gradients, learningRate: rate)
  }

  @Test func tenStepsOfTheAlgorithm() throws {
    let golden = try JSONDecoder().decode(
      Golden.self, from: Data(contentsOf: URL(fileURLWithPath: fixturePath("lars.json"))))
    #expect(golden.gradients.count == 10 && golden.cases.count == 4)
    for example in golden.cases {
      let values = try example.hyperParameters.map { name, value in
        (try #require(HyperParameter(rawValue: name)), value)
      }
      let optimizer = try AnyOptimizer(
        named: "lars", options: OptimizerOptions(values: Dictionary(uniqueKeysWithValues: values)))
      let layerwise = try #require(optimizer.layerwise)
      for (name, initial) in golden.initial {
        var run = OptimizerRun(optimizer, parameters: initial)
        for (gradients, expected) in zip(golden.gradients, example.parametersAfterStep) {
          Self.step(
            &run, layerwise, gradients: try #require(gradients[name]),
            learningRate: example.learningRate)
          let difference = worstDifference(
            run.parameters.map(Double.init), try #require(expected[name]))
          #expect(
            difference < 1e-6, "\(name), \(example.hyperParameters), step \(run.stepsMade)")
        }
      }
    }
  }

  /// ‖w‖ = 5 and ‖g‖ = 10: λ = 0.5 · 5 / (10 + 2 · 5) = 0.125.
  @Test func localRateOfTheFormula() {
    let lars = LARS(trustCoefficient: 0.5, momentum: 0.5, weightDecay: 2)
    #expect(lars.rateFactor(weightNorm: 5, gradientNorm: 10) == 0.125)
    #expect(lars.learningRate(4, weightNorm: 5, gradientNorm: 10) == 0.5)
    var run = OptimizerRun(lars, parameters: [3, 4])
    Self.step(&run, lars, gradients: [6, 8], learningRate: 4)
    // v = 0.5 · (g + 2·w) = [6, 8]; w - v = [-3, -4].
    #expect(run.state == [[6, 8]] && run.parameters == [-3, -4])
    // The norms are the same again: v = 0.5 · [6, 8] + 0.5 · ([6, 8] - [6, 8]).
    Self.step(&run, lars, gradients: [6, 8], learningRate: 4)
    #expect(run.state == [[3, 4]] && run.parameters == [-6, -8])
  }

  /// A gradient along the weights, without momentum and decay, shrinks them by 1 - rate · η in
  /// every step, however long or short the gradient is.
  @Test(arguments: [1e-6, 1, 1e6]) func theLengthOfTheGradientDoesNotMatter(scale: Double) {
    let lars = LARS(trustCoefficient: 0.01, momentum: 0, weightDecay: 0)
    let initial: [Float] = [1, -2, 0.5]
    var run = OptimizerRun(lars, parameters: initial)
    for _ in 0..<5 {
      let gradients = run.parameters.map { Float(scale) * $0 }
      Self.step(&run, lars, gradients: gradients, learningRate: 10)
    }
    #expect(run.state.isEmpty)
    let factor = (1...5).reduce(1.0) { product, _ in product * (1 - 10 * 0.01) }
    let expected = initial.map { Double($0) * factor }
    #expect(worstDifference(run.parameters.map(Double.init), expected) < 1e-6)
  }

  @Test func withoutARatioTheRateIsThePlainOne() {
    let lars = LARS()
    #expect(lars.rateFactor(weightNorm: 0, gradientNorm: 2) == 1)
    #expect(lars.rateFactor(weightNorm: 2, gradientNorm: 0) == 1)
    #expect(lars.rateFactor(weightNorm: 0, gradientNorm: 0) == 1)
    // A bias that begins with zeros moves as with plain SGD in its first step.
    var bias = OptimizerRun(lars, parameters: [0, 0])
    Self.step(&bias, lars, gradients: [1, -2], learningRate: 0.5)
    #expect(bias.parameters == [-0.5, 1])
  }

  /// The smallest gradient that is not zero, without decay: the rate stays a number.
  @Test func vanishingGradientsStayFinite() {
    let lars = LARS(trustCoefficient: 1, momentum: 0, weightDecay: 0)
    var run = OptimizerRun(lars, parameters: [1e6, 1])
    Self.step(&run, lars, gradients: [Float.leastNonzeroMagnitude, 0], learningRate: 1)
    #expect(run.parameters.allSatisfy { $0.isFinite })
    #expect(run.parameters[1] == 1)
  }

  @Test func onlyLarsAndLambAreLayerwise() throws {
    for name in AnyOptimizer.names {
      let optimizer = try AnyOptimizer(named: name)
      #expect((optimizer.layerwise != nil) == ["lars", "lamb"].contains(name))
    }
    #expect(try AnyOptimizer(named: "lars") == AnyOptimizer(LARS(trustCoefficient: 0.001)))
    #expect(LARS.name == "lars" && LARS.defaultLearningRate == 1)
  }
}
