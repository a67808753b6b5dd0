import Dispatch
import TandemCollectives
import TandemData

/// The steps of one epoch, as all workers run them side by side: one region of the team.
///
/// Safe to share: `progress` and `stops` are written by worker 0 only. `stops` is written between
/// the moment when all workers have entered an exchange and its final barrier, and read by the others
/// after that barrier; `progress` is read by others only after the region.
final class EpochLoop: @unchecked Sendable {
  /// What does not change during a run.
  struct Setting: Sendable {
    let division: EpochDivision
    let shards: ShardDivision
    let epochs: Int
    let schedule: Schedule
    let baseLearningRate: Float
    let stepLimit: Int?
    let stopRequest: StopRequest
    /// Called by worker 0 after each step, while the others may read, but not change, parameters.
    let stepFinished: @Sendable (StepRecord, TrainingProgress) throws -> Void

    func learningRate(step: Int) -> Float {
      schedule.learningRate(
        base: baseLearningRate, step: step, stepsPerEpoch: division.steps,
        totalSteps: epochs * division.steps)
    }
  }

  private let setting: Setting
  private let loader: Loader
  private let steps: PerWorker<TrainingStep>
  /// Exchanges that the workers have made before this epoch.
  private let exchangesBefore: Int
  private let start: TrainingProgress
  private(set) var progress: TrainingProgress
  /// Whether a stop was requested.
  private(set) var stops = false

  init(
    _ setting: Setting, progress: TrainingProgress, exchangesBefore: Int, loader: Loader,
    steps: PerWorker<TrainingStep>
  ) {
    self.setting = setting
    self.start = progress
    self.progress = progress
    self.exchangesBefore = exchangesBefore
    self.loader = loader
    self.steps = steps
  }

  /// The steps of the epoch that are still to be made, at most up to the limit.
  var remainingSteps: Range<Int> {
    let limit = setting.stepLimit.map { start.stepInEpoch + max(0, $0 - start.step) }
    let end = min(setting.division.steps, limit ?? setting.division.steps)
    return start.stepInEpoch..<max(start.stepInEpoch, end)
  }

  /// The mini-batches of those steps.
  var remainingBatches: Range<Int> {
    let steps = remainingSteps
    let first = setting.division.batches(ofStep: steps.lowerBound).lowerBound
    if steps.isEmpty { return first..<first }
    return first..<setting.division.batches(ofStep: steps.upperBound - 1).upperBound
  }

  /// How many exchanges this epoch has made.
  var exchangesMade: Int {
    let before = setting.division.batches(ofStep: start.stepInEpoch).lowerBound
    return setting.division.batches(ofStep: progress.stepInEpoch).lowerBound - before
  }

  /// Runs the steps; called by every worker.
  func run(_ worker: Worker) throws {
    guard let trainingStep = steps[worker] else {
      preconditionFailure("worker \(worker.index) has not been prepared")
    }
    let begin = DispatchTime.now()
    let exchangingBefore = trainingStep.secondsExchanging
    var waiting = 0.0
    var exchange = exchangesBefore
    for step in remainingSteps {
      let batches = setting.division.batches(ofStep: step)
      var images = 0
      for index in batches {
        let asked = DispatchTime.now()
        let batch = try loader.batch(index)
        waiting += asked.secondsToNow
        images += batch.count
        let context = context(batch, step: step, batches: batches, exchange: exchange)
        try trainingStep.run(context, worker: worker) { sum in
          guard worker.index == 0 else { return }
          progress.sum += sum
          stops = setting.stopRequest.isRequested
        }
        exchange += 1
        if worker.index == 0 { loader.release(index) }
      }
      if worker.index == 0 {
        progress.step += 1
        progress.stepInEpoch += 1
        progress.seconds = start.seconds + begin.secondsToNow
        progress.secondsWaitingForData = start.secondsWaitingForData + waiting
        progress.secondsExchanging =
          start.secondsExchanging + trainingStep.secondsExchanging - exchangingBefore
        try setting.stepFinished(record(images: images), progress)
      }
      if stops { break }
    }
  }

  private func context(
    _ batch: Batch, step: Int, batches: Range<Int>, exchange: Int
  ) -> BatchContext {
    let stepsMade = start.step + step - start.stepInEpoch
    return BatchContext(
      batch: batch, epoch: start.epoch, step: stepsMade + 1, exchange: exchange,
      isFirstOfStep: batch.index == batches.lowerBound,
      isLastOfStep: batch.index == batches.upperBound - 1,
      activeShards: setting.shards.active(images: batch.count),
      gradientScale: 1 / Float(setting.division.images(ofStep: step)),
      learningRate: setting.learningRate(step: stepsMade))
  }

  private func record(images: Int) -> StepRecord {
    StepRecord(
      epoch: progress.epoch + 1, epochs: setting.epochs, stepInEpoch: progress.stepInEpoch,
      stepsPerEpoch: setting.division.steps, step: progress.step, images: images,
      learningRate: setting.learningRate(step: progress.step - 1), loss: progress.sum.meanLoss,
      top1: progress.sum.top1Accuracy, imagesInEpoch: progress.sum.images,
      trainImages: setting.division.images, secondsInEpoch: progress.seconds)
  }
}
