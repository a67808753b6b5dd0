import Foundation
import TandemCollectives
import TandemData
import TandemExecution
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

/// Averages of weights beside the weights.
@Suite("Averaged weights")
struct WeightAverageTests {
  private let data = quartersPair(train: 60)

  /// With running statistics.
  private let network = Network("with-statistics", input: [1, 8, 8]) {
    Conv2D(5, kernel: 3, padding: 1)
    BatchNorm2D()
    ReLU()
    MaxPool2D(2)
    Dense(12)
    Tanh()
    Dense(4)
  }

  private func trainer(
    _ output: String, _ change: (inout TrainingOptions) -> Void = { _ in }
  ) throws -> Trainer {
    try makeTrainer(network, data) {
      $0.epochs = 3
      $0.learningRate = 0.1
      $0.shards = 4
      $0.workers = 1
      $0.evaluatesEachEpoch = true
      $0.outputFolder = output
      change(&$0)
    }
  }

  private func tensors(_ path: String) throws -> [String: Tensor] {
    try SafeTensorsFile.read(path + "/model.safetensors").tensors
  }

  /// The weights after each step, or epoch, the last one first.
  private func checkpoints(_ run: String, count: Int) throws -> [[String: Tensor]] {
    try (1...count).map { number in
      try tensors(run + "/checkpoint-last" + (number == 1 ? "" : "-\(number)"))
    }
  }

  @Test(
    "the average follows each step by PyTorch's formula, of the weights in float32",
    arguments: [Precision.float32, .bfloat16])
  func steps(precision: Precision) throws {
    guard (try? precision.check()) != nil else { return }
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      let trainer = try trainer(run) {
        $0.emaDecay = 0.75
        $0.precision = precision
        $0.checkpointEverySteps = 1
        $0.keptCheckpoints = 20
      }
      let result = try trainer.run()
      #expect(result.steps == 12)
      let all = try checkpoints(run, count: 12).reversed()
      var expected = try #require(all.first)
      for weights in all.dropFirst() {
        for (name, tensor) in weights {
          let former = try #require(expected[name])
          expected[name] = Tensor(
            shape: tensor.shape,
            elements: zip(former.elements, tensor.elements).map { $0 + 0.25 * ($1 - $0) })
        }
      }
      let average = try tensors(run + "/ema")
      #expect(average == expected)
      #expect(average.keys.contains { $0.contains("running_mean") })
      // What was measured is what the file gives.
      let model = try Model.load(run + "/ema", workers: 1)
      let last = try #require(result.epochs.last)
      // In chunks of another size, which may change the last bits.
      #expect(abs(try model.evaluate(data.test).loss - (last.emaLoss ?? 0)) < 1e-6)
      #expect(last.emaLoss != last.testLoss)
    }
  }

  @Test("it changes nothing of the training, whose weights come back after each evaluation")
  func changesNothing() throws {
    try withTemporaryFolder { folder in
      let plain = try trainer(folder + "/plain")
      let expected = try plain.run()
      let averaged = try trainer(folder + "/averaged") {
        $0.emaDecay = 0.9
        $0.averageLast = 2
      }
      let result = try averaged.run()
      #expect(bits(averaged) == bits(plain))
      #expect(result.epochs.map(\.testLoss) == expected.epochs.map(\.testLoss))
      #expect(
        try tensors(folder + "/plain/checkpoint-last")
          == tensors(folder + "/averaged/checkpoint-last"))
    }
  }

  @Test(
    "its bits do not depend on the workers, with any numbers",
    arguments: [Precision.float32, .bfloat16], [WireFormat.float32, .bfloat16])
  func layouts(precision: Precision, wire: WireFormat) throws {
    guard (try? precision.check()) != nil else { return }
    try withTemporaryFolder { folder in
      let runs = try [1, 2, 4].map { workers in
        let run = "\(folder)/\(workers)"
        let trainer = try trainer(run) {
          $0.emaDecay = 0.9
          $0.averageLast = 2
          $0.workers = workers
          $0.precision = precision
          $0.wire = wire
          $0.clipNorm = 1
        }
        let result = try trainer.run()
        return (
          try tensors(run + "/ema"), try tensors(run + "/average"),
          result.epochs.map(\.emaLoss), result.averageEvaluation?.loss
        )
      }
      for run in runs.dropFirst() {
        #expect(run.0 == runs[0].0 && run.1 == runs[0].1)
        #expect(run.2 == runs[0].2 && run.3 == runs[0].3)
      }
    }
  }

  @Test("the mean is of the last epochs, each counting alike")
  func lastEpochs() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      let trainer = try trainer(run) {
        $0.averageLast = 2
        $0.keptCheckpoints = 3
      }
      #expect(trainer.warnings.contains { $0.contains("not measured again") })
      let result = try trainer.run()
      let last = try checkpoints(run, count: 3)
      let mean = try tensors(run + "/average")
      for (name, tensor) in mean {
        let (one, other) = try (
          #require(last[0][name]).elements, #require(last[1][name]).elements
        )
        for (index, value) in tensor.elements.enumerated() {
          #expect(abs(value - (one[index] + other[index]) / 2) < 1e-6)
        }
      }
      let model = try Model.load(run + "/average", workers: 1)
      let measured = try #require(result.averageEvaluation).loss
      #expect(abs(try model.evaluate(data.test).loss - measured) < 1e-6)
    }
  }

  @Test("interrupted after any step, best and averaged weights are those of an undisturbed run")
  func resuming() throws {
    func change(_ options: inout TrainingOptions) {
      options.emaDecay = 0.8
      options.averageLast = 2
      options.keepBest = EpochMetric(.loss, of: .test, isOfAverage: true)
    }
    try withTemporaryFolder { folder in
      let whole = try trainer(folder + "/whole", change)
      let expected = try whole.run()
      for limit in [1, 3, 4, 5, 8, 11] {
        let run = "\(folder)/\(limit)"
        _ = try trainer(run) {
          change(&$0)
          $0.stepLimit = limit
          $0.workers = 2
        }.run()
        let second = try trainer(run, change)
        try second.resume(from: run)
        let result = try second.run()
        #expect(bits(second) == bits(whole))
        for part in ["best", "ema", "average"] {
          #expect(
            try tensors("\(run)/\(part)") == tensors("\(folder)/whole/\(part)"),
            "\(part) after \(limit) steps")
        }
        #expect(result.best == expected.best)
        #expect(result.epochs.map(\.emaLoss) == expected.epochs.map(\.emaLoss))
        #expect(result.averageEvaluation == expected.averageEvaluation)
      }
    }
  }

  @Test("a continued run needs the same average, and weights that are still there")
  func otherRuns() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      _ = try trainer(run) {
        $0.emaDecay = 0.8
        $0.epochs = 2
      }.run()
      #expect(
        message { try trainer(run).resume(from: run) }?.contains(
          "a decay of averaged weights of 0.8, this run has none") == true)
      let late = try trainer(run) {
        $0.emaDecay = 0.8
        $0.averageLast = 2
      }
      try late.resume(from: run)
      #expect(
        message { _ = try late.run() }?.contains("the weights of epoch 2 are gone: use 1 or less")
          == true)
      try FileManager.default.removeItem(atPath: run + "/checkpoint-last/ema/model.safetensors")
      let damaged = try trainer(run) { $0.emaDecay = 0.8 }
      try damaged.resume(from: run)
      #expect(
        message { _ = try damaged.run() }?.contains("its averaged weights (ema) are missing")
          == true)
    }
  }

  @Test("frozen parameters are in it as they are")
  func frozen() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      let trainer = try trainer(run) {
        $0.emaDecay = 0.5
        $0.freeze = ["conv1"]
      }
      _ = try trainer.run()
      let (weights, average) = (try tensors(run + "/checkpoint-last"), try tensors(run + "/ema"))
      #expect(average["conv1.weight"] == weights["conv1.weight"])
      #expect(average["dense1.weight"] != weights["dense1.weight"])
    }
  }
}
