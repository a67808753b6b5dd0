import Foundation
import Synchronization
import TandemData
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

@Suite("Trainer")
struct TrainerTests {
  @Test("a network learns the built-in shapes")
  func learns() throws {
    let data = try DatasetSource.load("shapes:900,300")
    let recorder = Recorder()
    let trainer = try makeTrainer(shapesNetwork, data, observers: [recorder]) {
      $0.epochs = 6
      $0.batchSize = 30
      $0.workers = 2
      $0.optimizer = AnyOptimizer(Adam())
      $0.learningRate = 2e-3
      $0.evaluatesEachEpoch = true
    }
    let result = try trainer.run()
    let losses = recorder.epochs.map(\.trainLoss)
    #expect(losses.count == 6)
    #expect(losses[5] < 0.5 * losses[0])
    #expect(try #require(result.evaluation).top1 > 0.8)
    #expect(result.ending == .completed)
    #expect(result.steps == 180)
    #expect(result.resumeHint == nil)
    #expect(result.epochs == recorder.epochs)
  }

  @Test("events come in order and count steps, images and epochs rightly")
  func events() throws {
    let recorder = Recorder()
    let trainer = try makeTrainer(quartersPair(train: 50), observers: [recorder]) {
      $0.epochs = 2
      $0.workers = 2
      $0.evaluatesEachEpoch = true
    }
    _ = try trainer.run()
    #expect(
      recorder.kinds
        == ["started", "evaluation", "epoch", "evaluation", "epoch", "finished"]
        || recorder.kinds
          == ["started", "warning", "evaluation", "epoch", "evaluation", "epoch", "finished"]
    )
    #expect(recorder.steps.map(\.images) == [16, 16, 16, 2, 16, 16, 16, 2])
    #expect(recorder.steps.map(\.imagesInEpoch) == [16, 32, 48, 50, 16, 32, 48, 50])
    #expect(recorder.steps.map(\.step) == Array(1...8))
    #expect(recorder.steps.map(\.stepInEpoch) == [1, 2, 3, 4, 1, 2, 3, 4])
    #expect(recorder.steps.map(\.epoch) == [1, 1, 1, 1, 2, 2, 2, 2])
    #expect(recorder.epochs.map(\.step) == [4, 8])
  }

  @Test("every test image is counted once, whatever the chunks, and the numbers add up")
  func evaluation() throws {
    let data = quartersPair(train: 64, test: 37)
    var results: [EvaluationResult] = []
    for (chunkSize, workers) in [(37, 1), (8, 1), (8, 2), (8, 3), (1, 2), (100, 2)] {
      let trainer = try makeTrainer(smallNetwork.withDropout(0), data) {
        $0.evaluationChunkSize = chunkSize
        $0.workers = workers
      }
      results.append(try trainer.evaluate(data.test))
    }
    let first = results[0]
    #expect(first.images == 37)
    #expect(first.perClass.map(\.name) == ["a", "b", "c", "d"])
    #expect(first.perClass.reduce(0) { $0 + $1.images } == 37)
    for (index, label) in ["a", "b", "c", "d"].enumerated() {
      let count = (0..<37).filter { data.test.label($0) == Int32(index) }.count
      #expect(first.perClass[index].images == count, "class \(label)")
    }
    let correct = first.perClass.reduce(0) { $0 + $1.correct }
    #expect(first.top1 == Double(correct) / 37)
    #expect(first.top5 == 1)
    for other in results {
      #expect(other.perClass == first.perClass)
      #expect(abs(other.loss - first.loss) < 1e-6)
    }
    // The same chunks on one, two and three workers: the same bits.
    #expect(results[1] == results[2])
    #expect(results[1] == results[3])
    // So, too, after a smaller data set was evaluated in smaller chunks.
    let reused = try makeTrainer(smallNetwork.withDropout(0), data) { $0.evaluationChunkSize = 8 }
    #expect(try reused.evaluate(data.test.prefix(3)).images == 3)
    #expect(try reused.evaluate(data.test) == results[1])
  }

  @Test("an evaluation at the start has the loss log(4) of a network that knows nothing")
  func knownLoss() throws {
    let data = quartersPair(train: 8, test: 21)
    let result = try makeTrainer(linearNetwork, data).evaluate(data.test)
    #expect(abs(result.loss - log(4)) < 1e-6)
  }

  @Test("a loss that is not finite stops the run with step and layer; nothing is updated")
  func nonFiniteLoss() throws {
    var pixels = [Float](repeating: 0.5, count: 40 * 64)
    pixels[25 * 64] = .infinity
    let broken = InMemoryDataset(
      name: "broken", imageShape: [1, 8, 8], classNames: ["a", "b", "c", "d"],
      pixels: .float32(pixels), labels: (0..<40).map { Int32($0 % 4) })
    let trainer = try makeTrainer(
      linearNetwork, DatasetPair(train: broken, test: broken)
    ) {
      $0.batchSize = 10
      $0.shuffle = false
      $0.shards = 2
      $0.workers = 2
    }
    let good = try makeTrainer(
      linearNetwork, DatasetPair(train: broken.prefix(20), test: broken)
    ) {
      $0.batchSize = 10
      $0.shuffle = false
      $0.shards = 2
    }
    _ = try good.run()
    #expect(throws: TrainingError.nonFiniteLoss(step: 3, epoch: 1, layer: "the input images")) {
      try trainer.run()
    }
    // Two good steps were made, and the third not even begun.
    #expect(bits(trainer) == bits(good))
  }

  @Test("training that diverges ends with the error that names the place")
  func divergence() throws {
    let trainer = try makeTrainer(smallNetwork, quartersPair(train: 64)) {
      $0.epochs = 50
      $0.optimizer = AnyOptimizer(SGD())
      $0.learningRate = 1e30
      $0.workers = 2
    }
    let error = #expect(throws: TrainingError.self) { try trainer.run() }
    guard case .nonFiniteLoss(_, _, let layer) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(layer.contains("layer") || layer.contains("parameter") || layer.contains("loss"))
  }

  @Test("an infinite gradient is not applied when it is clipped")
  func nonFiniteGradient() throws {
    // Finite logits, but the product of error and image overflows: 3e38 · 0.75 summed over images.
    var pixels = [Float](repeating: 0, count: 8 * 64)
    for image in 0..<8 { pixels[image * 64] = 3e38 }
    let data = InMemoryDataset(
      name: "large", imageShape: [1, 8, 8], classNames: ["a", "b", "c", "d"],
      pixels: .float32(pixels), labels: [Int32](repeating: 1, count: 8))
    let trainer = try makeTrainer(linearNetwork, DatasetPair(train: data, test: data)) {
      $0.batchSize = 1
      $0.accumulatedBatches = 8
      $0.clipNorm = 1
    }
    let before = bits(trainer)
    // The scale 1/8 keeps single gradients finite; their squares overflow only in float.
    _ = try trainer.run()
    #expect(bits(trainer) != before)
    #expect(floats(trainer).allSatisfy { $0.isFinite })
  }

  @Test(
    "the step limit ends a run in the middle of an epoch; the schedule stays that of all epochs")
  func stepLimit() throws {
    let recorder = Recorder()
    let trainer = try makeTrainer(quartersPair(train: 64), observers: [recorder]) {
      $0.epochs = 3
      $0.stepLimit = 6
      $0.workers = 2
      $0.evaluatesEachEpoch = true
      $0.schedule = try! Schedule(CosineSchedule())
    }
    let result = try trainer.run()
    #expect(result.ending == .stepLimit)
    #expect(result.steps == 6)
    #expect(recorder.epochs.map(\.step) == [4, 6])
    #expect(result.epochs.map(\.epoch) == [1])
    #expect(result.evaluation != nil)
    #expect(try #require(recorder.steps.last).learningRate > 0.004)
  }

  @Test("a requested stop ends the run after the step")
  func stop() throws {
    // The observer needs the request of a trainer that does not exist yet.
    let requests = StopBox()
    let recorder = Recorder { event in
      if case .stepFinished(let step) = event, step.step == 3 { requests.request() }
    }
    let trainer = try makeTrainer(quartersPair(train: 160), observers: [recorder]) {
      $0.workers = 2
    }
    requests.set(trainer.stopRequest)
    let result = try trainer.run()
    #expect(result.ending == .interrupted)
    // The request came after the third step's end, so it holds for the fourth.
    #expect(result.steps == 4)
    #expect(result.evaluation == nil)
  }

  @Test("SIGINT ends the run after the step, with a checkpoint, if that is asked for")
  func signal() throws {
    try withTemporaryFolder { folder in
      let recorder = Recorder { event in
        if case .stepFinished(let step) = event, step.step == 3 { kill(getpid(), SIGINT) }
      }
      let trainer = try makeTrainer(quartersPair(train: 160), observers: [recorder]) {
        $0.workers = 2
        $0.epochs = 200
        $0.stopsOnSignals = true
        $0.outputFolder = folder + "/run"
      }
      let result = try trainer.run()
      #expect(result.ending == .interrupted)
      #expect(
        result.resumeHint == "to continue, run the same command with `resume(from:)` \(folder)/run")
      let model = try ModelFile(contentsOf: folder + "/run")
      for (name, tensor) in trainer.parameters { #expect(model.tensors[name] == tensor) }
    }
  }

  @Test("an observer's error ends the run")
  func observerError() throws {
    struct Stop: Error {}
    let recorder = Recorder { event in
      if case .stepFinished(let step) = event, step.step == 2 { throw Stop() }
    }
    let trainer = try makeTrainer(quartersPair(train: 64), observers: [recorder]) { $0.workers = 2 }
    #expect(throws: Stop.self) { try trainer.run() }
    #expect(recorder.steps.count == 2)
  }
}

private final class StopBox: Sendable {
  private let stopRequest = Mutex<StopRequest?>(nil)
  func set(_ request: StopRequest) { stopRequest.withLock { $0 = request } }
  func request() { stopRequest.withLock { $0?.request() } }
}
