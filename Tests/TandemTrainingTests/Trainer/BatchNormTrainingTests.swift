import TandemData
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

/// A network with batch normalization, an auxiliary output and dropout.
let normalizedNetwork = Network("normalized", input: [1, 8, 8]) {
  Conv2D(6, kernel: 3, padding: 1, bias: false)
  BatchNorm2D()
  ReLU()
  Auxiliary(weight: 0.3) {
    AveragePool2D(4)
    Dense(4)
  }
  Residual {
    Conv2D(6, kernel: 3, padding: 1, bias: false)
    BatchNorm2D(momentum: 0.3)
  }
  ReLU()
  MaxPool2D(2)
  Dropout(0.3)
  Dense(4)
}

@Suite("Training with batch normalization")
struct BatchNormTrainingTests {
  @Test(
    "1 to 4 workers give the same weights and running statistics",
    arguments: LayoutIndependenceTests.Variant.possible.filter {
      ![.batchSmallerThanShards, .microBatches, .bfloat16InMicroBatches, .mixed].contains($0)
    })
  func workers(variant: LayoutIndependenceTests.Variant) throws {
    var results: [[UInt32]] = []
    for workers in 1...4 {
      let trainer = try makeTrainer(normalizedNetwork, quartersPair(train: 100)) {
        variant.change(&$0)
        $0.workers = workers
      }
      let before = statistics(trainer)
      _ = try trainer.run()
      #expect(statistics(trainer) != before)
      results.append(bits(trainer))
    }
    for other in results.dropFirst() { #expect(other == results[0]) }
  }

  private func statistics(_ trainer: Trainer) -> [Float] {
    trainer.parameters.filter { $0.name.contains("running") }.flatMap(\.tensor.elements)
  }

  /// Two shards that each have the same images have the statistics of one of them.
  @Test("running statistics are the mean over shards") func meanOverShards() throws {
    let half = quarters(8)
    let twice = half.repeated(2)
    func run(_ data: InMemoryDataset, shards: Int) throws -> [Float] {
      let trainer = try makeTrainer(
        normalizedNetwork.withDropout(0), DatasetPair(train: data, test: data)
      ) {
        $0.batchSize = data.count
        $0.shards = shards
        $0.shuffle = false
      }
      _ = try trainer.run()
      return floats(trainer)
    }
    let one = try run(half, shards: 1)
    let two = try run(twice, shards: 2)
    #expect(zip(one, two).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  /// Over all shards, the shards' number changes nothing but rounding; over each, it does.
  @Test("statistics over all shards are those of the mini-batch") func acrossShards() throws {
    func run(_ network: Network, shards: Int) throws -> [Float] {
      let trainer = try makeTrainer(network.withDropout(0), quartersPair(train: 48)) {
        $0.batchSize = 18  // 18, 18 and 12: shards of different sizes
        $0.shards = shards
        $0.workers = shards
        $0.learningRate = 0.05
      }
      _ = try trainer.run()
      return floats(trainer)
    }
    func distance(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).map { abs($0 - $1) }.max() ?? 0 }
    let together = normalizedNetwork.withBatchNormAcrossShards()
    let one = try run(normalizedNetwork, shards: 1)
    #expect(distance(try run(together, shards: 1), one) < 1e-5)
    #expect(distance(try run(together, shards: 2), one) < 1e-5)
    #expect(distance(try run(together, shards: 4), one) < 1e-5)
    #expect(distance(try run(normalizedNetwork, shards: 4), one) > 1e-3)
  }

  @Test("statistics over all shards are refused where shards would wait for themselves")
  func refusals() throws {
    func message(_ change: @escaping (inout TrainingOptions) -> Void) -> String {
      do {
        _ = try makeTrainer(
          normalizedNetwork.withBatchNormAcrossShards(), quartersPair(train: 48), change)
        return "accepted"
      } catch {
        return "\(error)"
      }
    }
    #expect(
      message { $0.shards = 2 }
        == "the batch normalization bn1 over all shards needs a worker for each logical shard, but 2 "
        + "shards have 1 worker; use `workers` so that there are 2, or leave out `shards`")
    #expect(
      message { $0.accumulatedBatches = 2 }.contains(
        "cannot be combined with several mini-batches per update"))
  }

  @Test("a run resumed within an epoch has the statistics of an uninterrupted one")
  func resumed() throws {
    try withTemporaryFolder { folder in
      func trainer(_ name: String, steps: Int?) throws -> Trainer {
        try makeTrainer(normalizedNetwork, quartersPair(train: 100)) {
          $0.epochs = 2
          $0.stepLimit = steps
          $0.outputFolder = folder + "/" + name
          $0.optimizer = AnyOptimizer(Adam())
        }
      }
      let whole = try trainer("whole", steps: nil)
      _ = try whole.run()
      _ = try trainer("part", steps: 5).run()
      let rest = try makeTrainer(normalizedNetwork, quartersPair(train: 100)) {
        $0.epochs = 2
        $0.outputFolder = folder + "/part"
        $0.optimizer = AnyOptimizer(Adam())
      }
      try rest.resume(from: folder + "/part")
      _ = try rest.run()
      #expect(bits(rest) == bits(whole))

      let file = try SafeTensorsFile.read(folder + "/part/checkpoint-last/model.safetensors")
      #expect(file.tensors["bn1.running_mean"]?.shape == [6])
      let state = try SafeTensorsFile.read(
        folder + "/part/checkpoint-last/training-state.safetensors")
      #expect(!state.tensors.keys.contains { $0.contains("running") })
    }
  }
}
