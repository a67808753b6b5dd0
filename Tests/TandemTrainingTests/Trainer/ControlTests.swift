import Foundation
import Synchronization
import TandemTraining
import TestSupport
import Testing

/// Trainings that are changed on their way, and their repetition.
struct ControlTests {
  private static let data = quartersPair(train: 100)

  /// Trains, and asks for something after given steps.
  private func train(
    workers: Int = 1, planned: [TrainingChange] = [], resume: String? = nil,
    asking: [Int: [TrainingControl.Request]] = [:],
    _ change: (inout TrainingOptions) -> Void = { _ in }
  ) throws -> (trainer: Trainer, recorder: Recorder, result: TrainingResult) {
    let box = Mutex<TrainingControl?>(nil)
    let recorder = Recorder { event in
      guard case .stepFinished(let step) = event else { return }
      for request in asking[step.step] ?? [] {
        try box.withLock { $0 }?.ask(for: request)
      }
    }
    let schedule = try Schedule(CosineSchedule())
    let trainer = try makeTrainer(Self.data, observers: [recorder]) {
      $0.epochs = 3
      $0.shards = 4
      $0.workers = workers
      $0.optimizer = AnyOptimizer(SGD(momentum: 0.9, weightDecay: 0.01))
      $0.schedule = schedule
      change(&$0)
    }
    box.withLock { $0 = trainer.control }
    trainer.plannedChanges = planned
    if let resume { try trainer.resume(from: resume) }
    return (trainer, recorder, try trainer.run())
  }

  private func changes(_ recorder: Recorder) -> [TrainingChange] {
    recorder.events.compactMap { event in
      if case .changed(let change) = event { change } else { nil }
    }
  }

  private static let asked: [Int: [TrainingControl.Request]] = [
    3: [.learningRateFactor(0.5)], 6: [.momentum(0.5), .learningRate(0.02)],
    11: [.learningRateFactor(2)],
  ]

  @Test func changesHoldFromTheStepThatTheySay() throws {
    let plain = try train()
    let changed = try train(asking: Self.asked)
    let made = changes(changed.recorder)
    #expect(made.map(\.learningRateFactor) == [0.5, nil, nil, 2])
    #expect(made.map(\.learningRate) == [nil, nil, 0.02, nil])
    #expect(made.map(\.momentum) == [nil, 0.5, nil, nil])
    #expect(zip(made, [3, 6, 6, 11]).allSatisfy { $0.step > $1 && $0.step <= $1 + 2 }, "\(made)")
    for (before, after) in zip(plain.recorder.steps, changed.recorder.steps) {
      let last = made.last {
        $0.step <= after.step && ($0.learningRate != nil || $0.learningRateFactor != nil)
      }
      let rate = last.map { $0.learningRate ?? before.learningRate * ($0.learningRateFactor ?? 1) }
      #expect(after.learningRate == rate ?? before.learningRate, "step \(after.step)")
      if after.step < made[0].step { #expect(after.loss == before.loss) }
    }
    #expect(bits(plain.trainer) != bits(changed.trainer))
    // Events of changes come between steps.
    #expect(changed.recorder.steps.map(\.step) == Array(1...21))
  }

  /// The momentum alone comes to other weights, and so does each rate.
  @Test func eachChangeCounts() throws {
    let plain = bits(try train().trainer)
    for request in [
      TrainingControl.Request.momentum(0.5), .learningRate(0.02), .learningRateFactor(0.5),
    ] {
      #expect(bits(try train(asking: [3: [request]]).trainer) != plain, "\(request)")
    }
    #expect(bits(try train(asking: [3: [.learningRateFactor(1)]]).trainer) == plain)
    #expect(bits(try train(asking: [3: [.momentum(0.9)]]).trainer) == plain)
  }

  @Test(arguments: [1, 2, 3])
  func aRepetitionHasTheSameBits(workers: Int) throws {
    let first = try train(asking: Self.asked)
    let again = try train(workers: workers, planned: changes(first.recorder))
    #expect(bits(again.trainer) == bits(first.trainer))
    #expect(changes(again.recorder) == changes(first.recorder))
    #expect(again.recorder.steps.map(\.loss) == first.recorder.steps.map(\.loss))
  }

  @Test func otherOptimizersAndClippingToo() throws {
    for optimizer in [AnyOptimizer(LARS()), AnyOptimizer(RMSProp(momentum: 0.8))] {
      for clip in [nil, 0.5] as [Float?] {
        let first = try train(asking: [4: [.momentum(0.3)], 7: [.learningRateFactor(3)]]) {
          $0.optimizer = optimizer
          $0.clipNorm = clip
        }
        let again = try train(workers: 2, planned: changes(first.recorder)) {
          $0.optimizer = optimizer
          $0.clipNorm = clip
        }
        #expect(bits(again.trainer) == bits(first.trainer))
      }
    }
  }

  @Test func aContinuedRunKeepsWhatWasChanged() throws {
    let whole = try train(asking: Self.asked)
    let made = changes(whole.recorder)
    try withTemporaryFolder { folder in
      for stop in [2, made[0].step, 9, 14] {
        let output = folder + "/\(stop)"
        _ = try train(planned: made) {
          $0.outputFolder = output
          $0.stepLimit = stop
        }
        let rest = try train(workers: 2, planned: made, resume: output) { $0.outputFolder = output }
        #expect(bits(rest.trainer) == bits(whole.trainer), "stopped after step \(stop)")
        #expect(changes(rest.recorder) == made.filter { $0.step > stop })
      }
      // What is in the checkpoint holds without being told again.
      _ = try train(planned: made) {
        $0.outputFolder = folder + "/told"
        $0.stepLimit = 15
      }
      let rest = try train(resume: folder + "/told") { $0.outputFolder = folder + "/told" }
      #expect(bits(rest.trainer) == bits(whole.trainer))
    }
  }

  @Test func checkpointsAndStopsAreAskedFor() throws {
    try withTemporaryFolder { folder in
      let plain = try train()
      let output = folder + "/run"
      let run = try train(asking: [4: [.save], 16: [.stop]]) { $0.outputFolder = output }
      #expect(run.result.ending == .interrupted)
      #expect(changes(run.recorder).map(\.action) == [.save, .stop])
      #expect(run.recorder.kinds.filter { $0 == "checkpoint" }.count == 4)
      let first = try #require(run.recorder.kinds.firstIndex(of: "checkpoint"))
      #expect(run.recorder.kinds[first - 1] == "change", "in the first epoch")
      let rest = try train(resume: output) { $0.outputFolder = output }
      #expect(bits(rest.trainer) == bits(plain.trainer))
    }
  }

  /// A pause waits until somebody asks to go on; what is asked meanwhile is done.
  @Test func pausesEndWhenTheyAreToldTo() throws {
    let control = Mutex<TrainingControl?>(nil)
    let recorder = Recorder { event in
      switch event {
      case .stepFinished(let step) where step.step == 3:
        try control.withLock { $0 }?.ask(for: .pause)
      case .changed(let change) where change.action == .pause:
        Thread.detachNewThread {
          let control = control.withLock { $0 }
          while control?.isPaused == false { usleep(1000) }
          try? control?.ask(for: .learningRateFactor(0.5))
          usleep(300_000)
          try? control?.ask(for: .goOn)
        }
      default: break
      }
    }
    let trainer = try makeTrainer(Self.data, observers: [recorder]) { $0.shards = 4 }
    control.withLock { $0 = trainer.control }
    let result = try trainer.run()
    #expect(result.ending == .completed && result.steps == 7)
    let made = changes(recorder)
    #expect(made.map(\.action) == [.pause, nil, .goOn])
    #expect(Set(made.map(\.step)).count == 1)
    #expect(!trainer.control.isPaused)
  }

  @Test func aPauseEndsWithTheRun() throws {
    let control = Mutex<TrainingControl?>(nil)
    let recorder = Recorder { event in
      guard case .stepFinished(let step) = event, step.step == 3 else { return }
      try control.withLock { $0 }?.ask(for: .pause)
      try control.withLock { $0 }?.ask(for: .stop)
    }
    let trainer = try makeTrainer(Self.data, observers: [recorder])
    control.withLock { $0 = trainer.control }
    #expect(try trainer.run().ending == .interrupted)
  }

  /// An end that is asked for during an evaluation is reported as one between steps is.
  @Test func aStopDuringAnEvaluationIsReported() throws {
    let control = Mutex<TrainingControl?>(nil)
    let recorder = Recorder { event in
      guard case .evaluationStarted = event else { return }
      try control.withLock { $0 }?.ask(for: .stop)
    }
    let trainer = try makeTrainer(Self.data, observers: [recorder]) {
      $0.epochs = 3
      $0.evaluatesEachEpoch = true
    }
    control.withLock { $0 = trainer.control }
    #expect(try trainer.run().ending == .interrupted)
    #expect(changes(recorder).map(\.action) == [.stop])
  }

  /// Whoever asks from another thread is heard by the very step that ends the run.
  @Test func aStopIsNeverSeenBeforeWhoAskedForIt() throws {
    for _ in 0..<20 {
      let control = Mutex<TrainingControl?>(nil)
      let recorder = Recorder { event in
        guard case .stepFinished(let step) = event, step.step == 2 else { return }
        Thread.detachNewThread { try? control.withLock { $0 }?.ask(for: .stop) }
      }
      let trainer = try makeTrainer(Self.data, observers: [recorder]) { $0.epochs = 1000 }
      control.withLock { $0 = trainer.control }
      #expect(try trainer.run().ending == .interrupted)
      #expect(changes(recorder).map(\.action) == [.stop])
    }
  }

  @Test func numbersThatMakeNoSenseAreRefused() throws {
    let trainer = try makeTrainer(Self.data) { $0.optimizer = AnyOptimizer(Adam()) }
    for request: TrainingControl.Request in [
      .learningRate(0), .learningRate(-1), .learningRate(.nan), .learningRate(.infinity),
      .learningRateFactor(0), .learningRateFactor(.infinity), .momentum(0), .momentum(1),
      .momentum(-0.1), .momentum(.nan),
    ] {
      #expect(throws: TrainingError.self, "\(request)") { try trainer.control.ask(for: request) }
    }
    #expect(trainer.momentum == nil)
    trainer.plannedChanges = [TrainingChange(step: 2, momentum: 0.5)]
    #expect(throws: TrainingError.noMomentum(optimizer: "adam")) { try trainer.run() }
  }

  @Test func changesAreToldInWords() {
    #expect(
      TrainingChange(step: 7, learningRateFactor: 0.5).description
        == "from step 7 on: learning rate of the schedule × 0.5")
    #expect(TrainingChange(step: 7, action: .save).description.hasPrefix("before step 7"))
    #expect(!TrainingChange(step: 7, action: .save).changesWeights)
  }
}
