import Foundation
import TandemData
import TandemExecution
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

@Suite("Resuming")
struct ResumeTests {
  private let data = quartersPair(train: 100)

  private func options(_ options: inout TrainingOptions, output: String) {
    options.epochs = 2
    options.optimizer = AnyOptimizer(Adam(weightDecay: 1e-3))
    options.learningRate = 0.003
    options.shards = 2
    options.workers = 2
    options.evaluatesEachEpoch = true
    options.outputFolder = output
  }

  /// The weights, the optimizer's state and the history of an uninterrupted run of two epochs.
  private func uninterrupted(_ folder: String, _ change: (inout TrainingOptions) -> Void) throws
    -> (bits: [UInt32], state: [String: Tensor], losses: [Double])
  {
    let trainer = try makeTrainer(data) {
      options(&$0, output: folder)
      change(&$0)
    }
    let result = try trainer.run()
    return (bits(trainer), try state(folder), result.epochs.map(\.trainLoss))
  }

  private func state(_ folder: String) throws -> [String: Tensor] {
    try SafeTensorsFile.read(folder + "/checkpoint-last/training-state.safetensors").tensors
  }

  @Test("one epoch, then one more, gives what two in a row give")
  func afterEpoch() throws {
    try withTemporaryFolder { folder in
      let whole = try uninterrupted(folder + "/whole") { _ in }
      let first = try makeTrainer(data) {
        options(&$0, output: folder + "/parts")
        $0.epochs = 1
      }
      _ = try first.run()
      #expect(bits(first) != whole.bits)
      let second = try makeTrainer(data) {
        options(&$0, output: folder + "/parts")
        $0.workers = 1
        $0.seed = 0
      }
      try second.resume(from: folder + "/parts")
      #expect(bits(second) == bits(first))
      let result = try second.run()
      #expect(bits(second) == whole.bits)
      #expect(try state(folder + "/parts") == whole.state)
      #expect(result.epochs.map(\.trainLoss) == whole.losses)
      let lines = try String(contentsOfFile: folder + "/parts/history.csv", encoding: .utf8)
        .split(separator: "\n")
      #expect(lines.count == 3)
      #expect(lines[1].hasPrefix("1,7,"))
      #expect(lines[2].hasPrefix("2,14,"))
    }
  }

  @Test(
    "interrupted at any step, with momentum over accumulated mini-batches too",
    arguments: [1, 3, 7, 8, 13])
  func atStep(step: Int) throws {
    for accumulated in [1, 2] {
      try withTemporaryFolder { folder in
        func change(_ options: inout TrainingOptions) {
          options.accumulatedBatches = accumulated
          if accumulated == 2 { options.batchSize = 8 }  // 13 mini-batches, 7 steps
        }
        let whole = try uninterrupted(folder + "/whole", change)
        let first = try makeTrainer(data) {
          options(&$0, output: folder + "/parts")
          change(&$0)
          $0.stepLimit = step
        }
        #expect(try first.run().ending == .stepLimit)
        let second = try makeTrainer(data) {
          options(&$0, output: folder + "/parts")
          change(&$0)
        }
        try second.resume(from: folder + "/parts/checkpoint-last")
        let result = try second.run()
        #expect(bits(second) == whole.bits)
        #expect(try state(folder + "/parts") == whole.state)
        #expect(result.epochs.map(\.trainLoss) == whole.losses)
        #expect(result.steps == 14)
      }
    }
  }

  @Test("checkpoints within the epoch survive a run that breaks off")
  func midEpochCheckpoint() throws {
    struct Crash: Error {}
    try withTemporaryFolder { folder in
      let whole = try uninterrupted(folder + "/whole") { _ in }
      let crash = Recorder { event in
        if case .stepFinished(let step) = event, step.step == 6 { throw Crash() }
      }
      let first = try makeTrainer(data, observers: [crash]) {
        options(&$0, output: folder + "/parts")
        $0.checkpointEverySteps = 2
      }
      #expect(throws: Crash.self) { try first.run() }
      let metadata = try SafeTensorsFile.read(
        folder + "/parts/checkpoint-last/model.safetensors"
      ).metadata
      #expect(metadata["step"] == "4")
      let second = try makeTrainer(data) { options(&$0, output: folder + "/parts") }
      try second.resume(from: folder + "/parts")
      _ = try second.run()
      #expect(bits(second) == whole.bits)
      // Nothing but the results is left behind.
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder + "/parts").sorted()
          == ["checkpoint-last", "checkpoint-step-14", "history.csv", "history.json"])
    }
  }

  @Test("a requested stop at the last step of an epoch can be resumed, and the epoch is evaluated")
  func stopAtEpochEnd() throws {
    try withTemporaryFolder { folder in
      let whole = try uninterrupted(folder + "/whole") { _ in }
      let first = try makeTrainer(data) { options(&$0, output: folder + "/parts") }
      first.stopRequest.request()
      #expect(try first.run().steps == 1)
      for steps in 2...7 {
        let next = try makeTrainer(data) { options(&$0, output: folder + "/parts") }
        try next.resume(from: folder + "/parts")
        next.stopRequest.request()
        let result = try next.run()
        #expect(result.steps == steps)
        #expect(result.ending == .interrupted)
      }
      let last = try makeTrainer(data) { options(&$0, output: folder + "/parts") }
      try last.resume(from: folder + "/parts")
      let result = try last.run()
      #expect(result.epochs.map(\.trainLoss) == whole.losses)
      #expect(bits(last) == whole.bits)
    }
  }

  @Test("checkpoints of other runs are refused with what differs")
  func otherRuns() throws {
    try withTemporaryFolder { folder in
      let output = folder + "/run"
      _ = try uninterrupted(output) { _ in }
      func message(
        _ network: Network = smallNetwork, _ data: DatasetPair? = nil,
        _ change: (inout TrainingOptions) -> Void
      ) -> String {
        do {
          let trainer = try makeTrainer(network, data ?? self.data) {
            options(&$0, output: output)
            $0.epochs = 3
            change(&$0)
          }
          try trainer.resume(from: output)
          return "accepted"
        } catch {
          return "\(error)"
        }
      }
      #expect(message { _ in } == "accepted")
      #expect(message { $0.learningRate = 0.5 } == "accepted")
      let start = "the checkpoint \(output)/checkpoint-last was made with "
      #expect(
        message { $0.batchSize = 17 }
          == start + "a batch size of 16, this run has 17; use `batchSize` 16")
      #expect(message { $0.shards = 3 }.contains("the number of shards 2, this run has 3"))
      #expect(message { $0.seed = 9 }.contains("the seed 0, this run has 9; use `seed` 0"))
      #expect(message { $0.shuffle = false }.contains("shuffling on, this run has off"))
      if (try? Precision.bfloat16.check()) != nil {
        #expect(
          message { $0.precision = .bfloat16 }.contains(
            "the precision fp32, this run has bf16; use `precision` fp32"))
      }
      #expect(message { $0.clipNorm = 1 }.contains("gradient clipping off, this run has to 1.0"))
      #expect(
        message { $0.wire = .bfloat16 }.contains(
          "numbers between ranks in fp32, this run has bf16; use `wire` fp32"))
      #expect(
        message { $0.optimizer = AnyOptimizer(SGD()) }.contains(
          "the optimizer adam, this run has sgd"))
      #expect(message { $0.optimizer = AnyOptimizer(Adam()) }.contains("weightDecay: 0.001"))
      #expect(message(linearNetwork) { _ in }.contains("the network small, this run has linear"))
      #expect(
        message(smallNetwork.withDropout(0.1)) { _ in }.contains(
          "the network small with other layers, this run has small as it is now"))
      #expect(
        message(smallNetwork, quartersPair(train: 99)) { _ in }.contains(
          "the number of training images 100, this run has 99"))
      #expect(message { $0.epochs = 2 }.contains("has already finished 2 epochs; raise `epochs`"))
      #expect(
        message { $0.stepLimit = 14 }.contains("has already finished 14 steps; raise `stepLimit`"))
    }
  }

  /// The same images, of which the last one is said to show something else.
  private func withOtherLabel(_ dataset: InMemoryDataset) -> InMemoryDataset {
    var pixels: [Float] = []
    for index in 0..<dataset.count {
      var image = [Float](repeating: 0, count: 64)
      dataset.copyImage(index, normalization: .unitScale(channels: 1), into: &image)
      pixels += image
    }
    var labels = (0..<dataset.count).map { dataset.label($0) }
    labels[labels.count - 1] = (labels[labels.count - 1] + 1) % 4
    return InMemoryDataset(
      name: dataset.name, imageShape: [1, 8, 8], classNames: dataset.classNames,
      pixels: .float32(pixels), labels: labels)
  }

  @Test("what a data set holds decides whether a run goes on, not what it is called")
  func contentsOfData() throws {
    try withTemporaryFolder { folder in
      let output = folder + "/run"
      let whole = try uninterrupted(folder + "/whole") { _ in }
      let first = try makeTrainer(data) {
        options(&$0, output: output)
        $0.epochs = 1
      }
      _ = try first.run()
      func trainer(_ train: InMemoryDataset) throws -> Trainer {
        try makeTrainer(DatasetPair(train: train, test: data.test)) {
          options(&$0, output: output)
        }
      }
      let start = "the checkpoint \(output)/checkpoint-last was made with "
      for other in [
        quarters(100, seed: 2), quarters(100, noise: 0.41), withOtherLabel(quarters(100)),
      ] {
        let error = message { try trainer(other).resume(from: output) }
        #expect(error?.hasPrefix(start + "training images of the digest ") == true)
        #expect(error?.hasSuffix("; use the same `data`") == true)
      }
      // A few more images than training uses are no difference.
      let moved = try trainer(quarters(100).repeated(2).prefix(100).named("moved"))
      let before = moved.warnings.count
      try moved.resume(from: output)
      #expect(
        moved.warnings.dropFirst(before) == [
          "the data set is now called moved and was quarters when the checkpoint "
            + "\(output)/checkpoint-last was made; its training images are the same"
        ])
      _ = try moved.run()
      #expect(bits(moved) == whole.bits)
    }
  }

  @Test("folders without a checkpoint, and damaged ones")
  func damaged() throws {
    try withTemporaryFolder { folder in
      let output = folder + "/run"
      func message() -> String {
        do {
          let trainer = try makeTrainer(data) {
            options(&$0, output: output)
            $0.epochs = 3
          }
          try trainer.resume(from: output)
          return "accepted"
        } catch {
          return "\(error)"
        }
      }
      #expect(message().hasPrefix("there is no checkpoint in \(output)"))
      _ = try uninterrupted(output) { _ in }
      let path = output + "/checkpoint-last/training-state.safetensors"
      let good = try Data(contentsOf: URL(fileURLWithPath: path))
      try good.prefix(good.count / 2).write(to: URL(fileURLWithPath: path))
      #expect(message().contains(path))
      var file = try SafeTensorsFile.read(output + "/checkpoint-last/model.safetensors")
      try file.write(to: path)
      #expect(message().contains("cannot be used: its format is not"))
      file.metadata["tandemFormat"] = "training-state-3"
      try file.write(to: path)
      #expect(message().contains("its metadata lacks \"run\""))
      try good.write(to: URL(fileURLWithPath: path))
      #expect(message() == "accepted")
    }
  }
}
