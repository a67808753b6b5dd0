import Foundation
import Synchronization
import TandemData
import TandemTraining
import TestSupport
import Testing

/// Trainings whose rate falls when the test images are no better.
@Suite("A plateau schedule")
struct PlateauTrainingTests {
  /// So that about every second epoch counts as bad.
  private static let schedule = try? Schedule(
    PlateauSchedule(monitor: .loss, gamma: 0.5, patience: 0, threshold: 0.02), warmUpSteps: 2)

  private func trainer(
    _ observer: Recorder = Recorder(), _ data: DatasetPair? = nil,
    _ change: (inout TrainingOptions) -> Void = { _ in }
  ) throws -> Trainer {
    let schedule = try #require(Self.schedule)
    return try makeTrainer(data ?? quartersPair(train: 60), observers: [observer]) {
      $0.epochs = 6
      $0.shards = 2
      $0.learningRate = 0.3
      $0.schedule = schedule
      $0.evaluatesEachEpoch = true
      change(&$0)
    }
  }

  @Test("each epoch's rate follows from the losses of the epochs before it")
  func rates() throws {
    let recorder = Recorder()
    let trainer = try trainer(recorder)
    let result = try trainer.run()
    let losses = result.epochs.compactMap(\.testLoss)
    #expect(losses.count == 6)
    let perEpoch = 4
    let expected = (0..<24).map { step in
      Self.schedule?.learningRate(
        base: 0.3, step: step, stepsPerEpoch: perEpoch, totalSteps: 24,
        measured: Array(losses.prefix(step / perEpoch)))
    }
    #expect(recorder.steps.map(\.learningRate) == expected.compactMap(\.self))
    #expect(result.epochs.map(\.learningRate) == (1...6).compactMap { expected[$0 * 4 - 1] })
    // It did fall, and not in every epoch.
    #expect((2...5).contains(Set(result.epochs.dropFirst().map(\.learningRate)).count))
  }

  @Test("resumed after any step, it is the run that was not interrupted")
  func resuming() throws {
    let whole = try trainer()
    let expected = try whole.run().epochs
    for limit in [1, 4, 7, 8, 11, 16, 19, 23] {
      try withTemporaryFolder { folder in
        let first = try trainer {
          $0.outputFolder = folder + "/run"
          $0.stepLimit = limit
        }
        _ = try first.run()
        let second = try trainer {
          $0.outputFolder = folder + "/run"
          $0.workers = 2
        }
        try second.resume(from: folder + "/run")
        #expect(second.warnings.isEmpty, "\(second.warnings)")
        let result = try second.run()
        #expect(bits(second) == bits(whole), "after \(limit) steps")
        #expect(result.epochs.map(\.learningRate) == expected.map(\.learningRate))
        #expect(result.epochs.map(\.testLoss) == expected.map(\.testLoss))
      }
    }
  }

  /// A stop after an epoch's last step comes before its evaluation.
  @Test("a stop between an epoch and its evaluation loses nothing")
  func stopping() throws {
    let whole = try trainer()
    _ = try whole.run()
    try withTemporaryFolder { folder in
      let box = StopBox()
      let first = try trainer(
        Recorder { event in
          // The next step, the last one of its epoch, notices.
          if case .stepFinished(let step) = event, step.step == 7 { box.stop() }
        }
      ) { $0.outputFolder = folder + "/run" }
      box.request.withLock { $0 = first.stopRequest }
      #expect(try first.run().ending == .interrupted)
      let second = try trainer { $0.outputFolder = folder + "/run" }
      try second.resume(from: folder + "/run")
      _ = try second.run()
      #expect(bits(second) == bits(whole))
    }
  }

  private final class StopBox: Sendable {
    let request = Mutex<StopRequest?>(nil)
    func stop() { request.withLock { $0?.request() } }
  }

  @Test("other images to measure with are told")
  func otherTestImages() throws {
    try withTemporaryFolder { folder in
      let first = try trainer {
        $0.outputFolder = folder + "/run"
        $0.stepLimit = 6
      }
      _ = try first.run()
      let other = try trainer(Recorder(), quartersPair(train: 60, test: 19))
      try other.resume(from: folder + "/run")
      #expect(
        other.warnings.contains {
          $0.contains("other images to measure with, by which its schedule (plateau) goes")
        }, "\(other.warnings)")
      let schedule = try Schedule(PlateauSchedule(patience: 3))
      let changed = try trainer { $0.schedule = schedule }
      try changed.resume(from: folder + "/run")
      #expect(changed.warnings.contains { $0.contains("another learning rate schedule (plateau)") })
    }
  }

  @Test("without an evaluation there is nothing to go by")
  func withoutEvaluation() throws {
    #expect(
      message { _ = try trainer { $0.evaluatesEachEpoch = false } }
        == "`schedule` plateau makes no sense; use `evaluatesEachEpoch`, whose results it goes by, or "
        + "another schedule")
    let none = DatasetPair(train: quarters(20), test: quarters(0, stream: 1))
    #expect(message { _ = try trainer(Recorder(), none) }?.contains("no test images") == true)
  }

  @Test("the error and the accuracy are those of the epoch")
  func metrics() throws {
    for (monitor, sign) in [(ScheduleMetric.error, 1.0), (.accuracy, -1)] {
      let recorder = Recorder()
      let schedule = try Schedule(
        PlateauSchedule(monitor: monitor, gamma: 0.5, patience: 0, thresholdMode: .absolute))
      let result = try trainer(recorder) { $0.schedule = schedule }.run()
      let top1 = result.epochs.compactMap(\.testTop1)
      var (rate, best, expected): (Float, Double, [Float]) = (0.3, .infinity, [])
      for value in top1 {
        expected.append(rate)
        let error = sign == 1 ? 1 - value : -value
        if error < best - 1e-4 { best = error } else { rate *= 0.5 }
      }
      #expect(result.epochs.map(\.learningRate) == expected)
    }
  }
}
