import TandemData
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

/// A network that is frozen in parts, with several learning rates, against PyTorch's in double
/// precision; Tests/Fixtures/pytorch/freezing.py says what is in the file and made it.
@Suite struct FrozenParityTests {
  static let network = Network("partly-frozen", input: [1, 8, 8]) {
    Conv2D(6, kernel: 3, padding: 1, bias: false)
    BatchNorm2D()
    ReLU()
    Conv2D(8, kernel: 3, padding: 1)
    BatchNorm2D()
    ReLU()
    Conv2D(8, kernel: 3, padding: 1, bias: false)
    BatchNorm2D()
    ReLU()
    MaxPool2D(2)
    Dense(4)
  }

  @Sendable static func sgd(_ options: inout TrainingOptions) {
    options.optimizer = AnyOptimizer(SGD(momentum: 0.9, weightDecay: 0.01))
    options.learningRate = 0.02
    options.learningRateScales = [LearningRateScale("conv2.*", 0.1)]
    options.headLearningRate = 0.05
  }

  @Sendable static func adamW(_ options: inout TrainingOptions) {
    options.optimizer = AnyOptimizer(AdamW(weightDecay: 0.1))
    options.clipNorm = 0.5
    options.learningRate = 0.004
    options.learningRateScales = [
      LearningRateScale("conv?", 7), LearningRateScale("conv3", 1), LearningRateScale("conv2", 0.5),
    ]
    options.headLearningRate = 0.01
  }

  /// The largest difference after three steps in any tensor, relative to its largest element, and
  /// that of the losses.
  private func difference(
    _ variant: String, _ change: (inout TrainingOptions) -> Void
  ) throws -> (parameters: Double, losses: Double) {
    let golden = try SafeTensorsFile.read(PyTorchFixture.path("freezing.safetensors"))
    func tensor(_ name: String) throws -> Tensor { try #require(golden.tensors[name], "\(name)") }
    let images = try tensor("images")
    let data = InMemoryDataset(
      name: "golden", imageShape: [1, 8, 8], classNames: ["a", "b", "c", "d"],
      pixels: .float32(images.elements), labels: try tensor("labels").elements.map { Int32($0) })
    let recorder = Recorder()
    let trainer = try makeTrainer(
      Self.network, DatasetPair(train: data, test: data), observers: [recorder]
    ) {
      $0.batchSize = 6
      $0.shuffle = false
      $0.freeze = ["conv1", "bn1", "bn2.*"]
      change(&$0)
    }
    let before = Dictionary(
      uniqueKeysWithValues: try trainer.parameters.map {
        ($0.name, try tensor("before.\($0.name)"))
      }
    )
    try withTemporaryFolder { folder in
      try SafeTensorsFile(tensors: before).write(to: folder + "/w.safetensors")
      try trainer.loadWeights(folder + "/w.safetensors")
    }
    _ = try trainer.run()
    var worst = 0.0
    for (name, actual) in trainer.parameters {
      let expected = try tensor("\(variant).after.\(name)")
      let largest = expected.elements.map { abs(Double($0)) }.max() ?? 1
      for (value, wanted) in zip(actual.elements, expected.elements) {
        worst = max(worst, abs(Double(value) - Double(wanted)) / largest)
      }
      let isFrozen = ["conv1", "bn1", "bn2"].contains { name.hasPrefix($0 + ".") }
      #expect((actual == before[name]) == isFrozen, "\(name)")
    }
    // Losses of the epoch so far, as means.
    let losses = try tensor("\(variant).losses").elements.map(Double.init)
    let means = losses.indices.map { losses[...$0].reduce(0, +) / Double($0 + 1) }
    let differences = zip(recorder.steps.map(\.loss), means).map { abs($0 - $1) }
    #expect(differences.count == 3)
    return (worst, differences.max() ?? .infinity)
  }

  @Test func equalsPyTorchWithSGD() throws {
    let difference = try difference("sgd", Self.sgd)
    #expect(difference.parameters < 1e-5)
    #expect(difference.losses < 1e-5)
  }

  @Test func equalsPyTorchWithAdamWAndClipping() throws {
    let difference = try difference("adamw", Self.adamW)
    // Adam divides by the root of a gradient's square: of a gradient near zero, rounding is left.
    #expect(difference.parameters < 2e-4)
    #expect(difference.losses < 1e-5)
  }

  /// Each of the settings counts.
  @Test func otherRatesAreNoticed() throws {
    let changes: [(inout TrainingOptions) -> Void] = [
      { $0.learningRateScales = [] }, { $0.headLearningRate = nil },
      { $0.learningRateScales = [LearningRateScale("conv2", 0.101)] },
    ]
    for change in changes {
      let difference = try difference("sgd") {
        Self.sgd(&$0)
        change(&$0)
      }
      #expect(difference.parameters > 1e-5)
    }
  }
}
