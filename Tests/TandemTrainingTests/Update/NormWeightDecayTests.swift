import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

/// Normalizations and biases with a weight decay of their own.
@Suite("The weight decay of normalizations and biases")
struct NormWeightDecayTests {
  private let network = Network("with-norm", input: [1, 8, 8]) {
    Conv2D(5, kernel: 3, padding: 1)
    BatchNorm2D()
    ReLU()
    Dense(12)
    Tanh()
    Dense(4)
  }

  /// The parameters after a step, in which all decays show.
  private func parameters(
    _ optimizer: AnyOptimizer, _ normDecay: Double? = nil, workers: Int = 1, steps: Int = 1
  ) throws -> [String: Tensor] {
    let trainer = try makeTrainer(network, quartersPair(train: 40)) {
      $0.optimizer = optimizer
      $0.learningRate = 0.1
      $0.normWeightDecay = normDecay
      $0.shards = 2
      $0.workers = workers
      $0.stepLimit = steps
      $0.learningRateScales = [LearningRateScale("dense2", 0.5)]
    }
    _ = try trainer.run()
    return Dictionary(uniqueKeysWithValues: trainer.parameters.map { ($0.name, $0.tensor) })
  }

  private static let optimizers: [@Sendable (Double) -> AnyOptimizer] = [
    { AnyOptimizer(SGD(momentum: 0.9, nesterov: true, weightDecay: $0)) },
    { AnyOptimizer(AdaGrad(weightDecay: $0)) },
    { AnyOptimizer(RMSProp(momentum: 0.5, centered: true, weightDecay: $0)) },
    { AnyOptimizer(Adam(weightDecay: $0)) }, { AnyOptimizer(AdamW(weightDecay: $0)) },
    { AnyOptimizer(Adadelta(weightDecay: $0)) },
  ]

  /// Biases begin with zeros, of which a decay changes nothing in the first step.
  @Test("each parameter follows the decay that is its own", arguments: optimizers.indices)
  func decays(index: Int) throws {
    let optimizer = Self.optimizers[index]
    let mixed = try parameters(optimizer(0.25), 0.125)
    let (first, second) = (try parameters(optimizer(0.25)), try parameters(optimizer(0.125)))
    // AdaGrad's first step has one length, whatever the gradient's.
    if Self.optimizers[index](0).name != AdaGrad.name {
      #expect(first["bn1.weight"] != second["bn1.weight"])
      #expect(first["dense1.weight"] != second["dense1.weight"])
    }
    for (name, tensor) in mixed {
      let expected = tensor.shape.rank <= 1 ? second[name] : first[name]
      #expect(tensor == expected, "\(name)")
    }
    let later = try parameters(optimizer(0.25), 0.125, steps: 3)
    #expect(try parameters(optimizer(0.25), 0.125, workers: 2, steps: 3) == later)
  }

  @Test("the same as all others changes nothing")
  func same() throws {
    let optimizer = AnyOptimizer(SGD(momentum: 0.9, weightDecay: 0.25))
    #expect(try parameters(optimizer, 0.25, steps: 3) == parameters(optimizer, steps: 3))
  }

  @Test("bad numbers, and an optimizer that has one decay only")
  func refusals() throws {
    #expect(
      message { _ = try parameters(AnyOptimizer(SGD()), -1) }?.contains("`normWeightDecay` -1.0")
        == true)
    #expect(
      message { _ = try parameters(AnyOptimizer(LARS()), 0) }?.contains(
        "the optimizer lars has one weight decay for all") == true)
  }
}
