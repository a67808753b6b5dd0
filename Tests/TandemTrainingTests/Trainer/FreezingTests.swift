import TandemCollectives
import TandemData
import TandemExecution
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

/// Networks of which only parts are trained; `FrozenParityTests` compares them with PyTorch's.
@Suite("Freezing")
struct FreezingTests {
  /// All before the residual block, and a normalization within that gradients go through.
  private static let patterns = ["conv1", "bn1.*", "residual1.bn1"]
  private static let prefixes = ["conv1.", "bn1.", "residual1.bn1."]

  private static func isFrozen(_ name: String) -> Bool {
    prefixes.contains { name.hasPrefix($0) }
  }

  private func values(_ trainer: Trainer, frozen: Bool) -> [[UInt32]] {
    trainer.parameters.filter { Self.isFrozen($0.name) == frozen }.map {
      $0.tensor.elements.map(\.bitPattern)
    }
  }

  @Test(
    "1 to 4 workers give the same weights, and no bit of what is frozen changes",
    arguments: LayoutIndependenceTests.Variant.possible)
  func workers(variant: LayoutIndependenceTests.Variant) throws {
    var results: [[UInt32]] = []
    for workers in 1...4 {
      let trainer = try makeTrainer(normalizedNetwork, quartersPair(train: 100)) {
        variant.change(&$0)
        $0.workers = workers
        $0.freeze = Self.patterns
        $0.learningRateScales = [LearningRateScale("residual1", 0.3)]
        $0.headLearningRate = 0.01
      }
      let frozen = values(trainer, frozen: true)
      let trained = values(trainer, frozen: false)
      #expect(frozen.count == 9)
      _ = try trainer.run()
      #expect(values(trainer, frozen: true) == frozen)
      #expect(zip(values(trainer, frozen: false), trained).allSatisfy { $0 != $1 })
      results.append(bits(trainer))
    }
    for other in results.dropFirst() { #expect(other == results[0]) }
  }

  /// What is trained gets the gradient that it has in the whole network.
  @Test("a step of what is trained is that of the whole network")
  func sameStep() throws {
    func step(_ freeze: [String]) throws -> [(name: String, tensor: Tensor)] {
      let trainer = try makeTrainer(smallNetwork, quartersPair(train: 16)) {
        $0.stepLimit = 1
        $0.optimizer = AnyOptimizer(SGD(weightDecay: 0.1))
        $0.freeze = freeze
      }
      _ = try trainer.run()
      return trainer.parameters
    }
    let first = try makeTrainer(smallNetwork, quartersPair(train: 16)).parameters
    let whole = try step([])
    let part = try step(["conv1", "dense1.bias"])
    for (index, parameter) in part.enumerated() {
      let isFrozen = ["conv1.weight", "conv1.bias", "dense1.bias"].contains(parameter.name)
      #expect(parameter.tensor == (isFrozen ? first : whole)[index].tensor, "\(parameter.name)")
      #expect(whole[index].tensor != first[index].tensor)
    }
  }

  @Test("gradients, the optimizer's state and messages have no place for what is frozen")
  func memory() throws {
    let graph = try normalizedNetwork.graph()
    let frozen = graph.freezing(Set(graph.trainedNames.filter(Self.isFrozen)))
    let layout = frozen.parameterLayout
    #expect(layout.elementCount == graph.parameterLayout.elementCount)
    // 54 weights of a convolution and four vectors of 6 in each of two normalizations.
    #expect(layout.elementCount - layout.changingElementCount == 64 + 2 * 4 * 16)
    #expect(layout.changing.elementCount == layout.changingElementCount)
    #expect(layout.statisticEntries.isEmpty)
    let buckets = Buckets.form(
      layout.changing, factored: [], bucketBytes: 256, firstBucketBytes: 64)
    #expect(buckets.last?.upperBound == layout.changingElementCount)
  }

  @Test("a run resumed within an epoch is the undisturbed one, and other parts are refused")
  func resumed() throws {
    try withTemporaryFolder { folder in
      func trainer(
        _ name: String, steps: Int? = nil, _ change: (inout TrainingOptions) -> Void = { _ in }
      ) throws -> Trainer {
        try makeTrainer(normalizedNetwork, quartersPair(train: 100)) {
          $0.epochs = 2
          $0.stepLimit = steps
          $0.outputFolder = folder + "/" + name
          $0.optimizer = AnyOptimizer(Adam())
          $0.unfreezeFrom = "residual1"
          $0.learningRateScales = [LearningRateScale("residual1", 0.5)]
          $0.headLearningRate = 0.02
          change(&$0)
        }
      }
      let whole = try trainer("whole")
      _ = try whole.run()
      _ = try trainer("part", steps: 5).run()
      func refusal(_ change: @escaping (inout TrainingOptions) -> Void) throws -> String {
        let other = try trainer("part", change)
        return try #require(message { try other.resume(from: folder + "/part") })
      }
      #expect(
        try refusal { $0.unfreezeFrom = nil }.hasSuffix(
          "was made with the first trained layer residual1, this run has the first of all; use "
            + "`unfreezeFrom` residual1"))
      #expect(
        try refusal { $0.freeze = ["bn1"] }.hasSuffix(
          "frozen parameters of no pattern, this run has bn1; use the same `freeze`"))
      #expect(
        try refusal { $0.learningRateScales = [] }.hasSuffix(
          "scales of the learning rate residual1=0.5, this run has none; use the same "
            + "`learningRateScales`"))
      #expect(
        try refusal { $0.headLearningRate = nil }.hasSuffix(
          "a learning rate of the head of 0.02, this run has all others; use `headLearningRate` 0.02"
        ))
      let rest = try trainer("part")
      try rest.resume(from: folder + "/part")
      _ = try rest.run()
      #expect(bits(rest) == bits(whole))

      let checkpoint = folder + "/part/checkpoint-last/"
      let file = try SafeTensorsFile.read(checkpoint + "model.safetensors")
      #expect(Set(file.tensors.keys) == Set(whole.parameters.map(\.name)))
      let state = try SafeTensorsFile.read(checkpoint + "training-state.safetensors")
      #expect(!state.tensors.keys.contains { $0.hasPrefix("conv1.") || $0.hasPrefix("bn1.") })
    }
  }

  @Test(
    "devices of a mesh train what is not frozen as one worker does",
    arguments: ["1x2", "2x2"], [Parallelism.model, .hybrid])
  func meshes(name: String, parallelism: Parallelism) throws {
    let mesh = try #require(Mesh(name))
    func run(
      _ freeze: [String], _ mesh: Mesh?, pieces: Int = 1
    ) throws -> (before: [Float], after: [Float]) {
      let trainer = try makeTrainer(MeshTrainingTests.network, quartersPair(train: 100)) {
        $0.epochs = 2
        $0.batchSize = 24
        $0.optimizer = AnyOptimizer(SGD(momentum: 0.9))
        $0.learningRate = 0.02
        $0.freeze = freeze
        $0.headLearningRate = 0.01
        $0.mesh = mesh
        $0.parallelism = mesh == nil ? .data : parallelism
        $0.pieces = pieces
        $0.workers = mesh?.devices ?? 1
      }
      let before = floats(trainer)
      _ = try trainer.run()
      return (before, floats(trainer))
    }
    // A part before the crossing, all of it, and a layer behind it.
    for freeze in [["conv1"], ["conv1", "conv2"], ["conv2", "dense1"]] {
      let expected = try run(freeze, nil)
      let scale = expected.after.map(abs).max() ?? 0
      for pieces in parallelism == .hybrid ? [1, 2] : [1] {
        let actual = try run(freeze, mesh, pieces: pieces)
        let worst = zip(actual.after, expected.after).map { abs($0 - $1) }.max() ?? .infinity
        #expect(worst <= 1e-5 * scale, "\(freeze) in \(pieces)")
        #expect(
          zip(actual.before, actual.after).filter { $0 == $1 }.count
            >= zip(expected.before, expected.after).filter { $0 == $1 }.count)
      }
    }
  }

  @Test("normalizations over all shards that are frozen wait for nobody")
  func acrossShards() throws {
    let trainer = try makeTrainer(
      normalizedNetwork.withBatchNormAcrossShards(), quartersPair(train: 48)
    ) {
      $0.shards = 3
      $0.workers = 2
      $0.freeze = ["*bn1"]
    }
    _ = try trainer.run()
    #expect(trainer.frozenParameters == 24)
  }

  @Test("patterns that match nothing, and freezing all, are refused")
  func refusals() {
    func refusal(_ change: @escaping (inout TrainingOptions) -> Void) -> String? {
      message { _ = try makeTrainer(smallNetwork, quartersPair(train: 16), change) }
    }
    #expect(
      refusal { $0.freeze = ["cov1.*"] }
        == "`freeze` cov1.* matches nothing in the network small; did you mean conv1?")
    #expect(
      refusal { $0.unfreezeFrom = "dens2" }
        == "`unfreezeFrom` dens2 matches nothing in the network small; did you mean dense2 or dense1?"
    )
    #expect(
      refusal { $0.learningRateScales = [LearningRateScale("xyz", 2)] }
        == "`learningRateScales` xyz matches nothing in the network small; did you mean conv1?")
    #expect(
      refusal { $0.freeze = ["*"] }
        == "all parameters of the network small are frozen, which leaves nothing to train; use "
        + "`freeze` or `unfreezeFrom` for fewer")
    #expect(
      refusal {
        $0.freeze = ["dense*"]
        $0.headLearningRate = 0.1
      }
        == "`headLearningRate` 0.1 is about parameters that are all frozen; leave it out, or freeze fewer"
    )
    #expect(
      refusal {
        $0.unfreezeFrom = "dense1"
        $0.learningRateScales = [LearningRateScale("conv1", 0.1)]
      }
        == "`learningRateScales` conv1=0.1 is about parameters that are all frozen; leave it out, or "
        + "freeze fewer")
    #expect(
      refusal { $0.learningRateScales = [LearningRateScale("conv1", 0)] }
        == "`learningRateScales` conv1=0.0 makes no sense; use a finite factor above 0, or `freeze` "
        + "conv1")
    #expect(
      refusal { $0.headLearningRate = .nan }
        == "`headLearningRate` nan makes no sense; use a finite rate above 0")
    #expect(
      refusal {
        $0.learningRate = 0
        $0.headLearningRate = 1
      }?.contains("use a `learningRate` above 0 beside it") == true)
  }

  @Test("the start of a run says what is frozen")
  func start() throws {
    let recorder = Recorder()
    let trainer = try makeTrainer(
      smallNetwork, quartersPair(train: 16), observers: [recorder]
    ) { $0.freeze = ["conv1"] }
    _ = try trainer.run()
    let starts = recorder.events.compactMap { event in
      if case .started(let start) = event { start } else { nil }
    }
    let start = try #require(starts.first)
    #expect(start.frozenParameters == 50)
    #expect(start.trainableParameters == 5 * 16 * 12 + 12 + 12 * 4 + 4)
  }
}
