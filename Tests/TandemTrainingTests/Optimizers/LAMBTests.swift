import Foundation
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

@Suite struct LAMBTests {
  private static func norm(_ elements: [Float]) -> Double {
    elements.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  /// Makes a step with the rate for the run's parameters and the direction of these gradients.
  private static func step(
    _ run: inout OptimizerRun, _ optimizer: any LayerwiseOptimizer, gradients: [Float],
    learningRate: Float
  ) {
    var direction = [Float](repeating: .nan, count: gradients.count)
    // Nothing is changed by asking.
    let count = gradients.count
    let first = UnsafeMutablePointer<Float>.allocate(capacity: count)
    let second = UnsafeMutablePointer<Float>.allocate(capacity: count)
    defer {
      first.deallocate()
      second.deallocate()
    }
    first.initialize(from: run.state[0], count: count)
    second.initialize(from: run.state[1], count: count)
    optimizer.direction(
      &direction, parameters: run.parameters, gradients: gradients, state: [first, second],
      count: count, step: run.stepsMade + 1)
    #expect(Array(UnsafeBufferPointer(start: first, count: count)) == run.state[0])
    let rate = optimizer.learningRate(
      learningRate, weightNorm: norm(run.parameters), gradientNorm: norm(direction))
    run.step(gradients: gradients, learningRate: rate)
  }

  @Test func tenStepsOfTheAlgorithm() throws {
    let golden = try JSONDecoder().decode(
      LARSTests.Golden.self, from: Data(contentsOf: URL(fileURLWithPath: fixturePath("lamb.json"))))
    #expect(golden.gradients.count == 10 && golden.cases.count == 3)
    for example in golden.cases {
      let values = try example.hyperParameters.map { name, value in
        (try #require(HyperParameter(rawValue: name)), value)
      }
      let optimizer = try AnyOptimizer(
        named: "lamb", options: OptimizerOptions(values: Dictionary(uniqueKeysWithValues: values)))
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
            difference < 1e-5, "\(name), \(example.hyperParameters), step \(run.stepsMade)")
        }
      }
    }
  }

  /// The length of each layer's step is the rate times that of its weights.
  @Test func trainsTheSameOnAnyLayout() throws {
    func run(_ workers: Int, steps: Int) throws -> Trainer {
      let trainer = try makeTrainer(quartersPair(train: 60)) {
        $0.optimizer = AnyOptimizer(LAMB())
        $0.learningRate = 0.125
        $0.shards = 4
        $0.workers = workers
        $0.stepLimit = steps
      }
      _ = try trainer.run()
      return trainer
    }
    let one = try run(1, steps: 3)
    #expect(try bits(run(2, steps: 3)) == bits(one))
    #expect(try bits(run(4, steps: 3)) == bits(one))
    let (before, after) = (try run(1, steps: 1).parameters, try run(1, steps: 2).parameters)
    for (former, next) in zip(before, after) where former.tensor.shape.rank > 1 {
      let change = zip(former.tensor.elements, next.tensor.elements).map { $1 - $0 }
      let length = Self.norm(former.tensor.elements)
      #expect(abs(Self.norm(change) / length - 0.125) < 1e-4, "\(former.name)")
    }
  }

  @Test func clippingMakesNoSense() {
    #expect(
      message {
        _ = try makeTrainer(quartersPair(train: 20)) {
          $0.optimizer = AnyOptimizer(LAMB())
          $0.clipNorm = 1
        }
      }?.contains("leave it out: with lamb") == true)
  }
}
