import Dispatch
import Synchronization
import TandemCollectives
import TandemData

/// The steps of one epoch, as all workers run them side by side: one region of the team.
///
/// Safe to share: `batchesComputed` is atomic; `progress` and `signals` are written by worker 0,
/// and read by others only after the region.
final class EpochLoop: @unchecked Sendable {
  /// What does not change during a run.
  struct Setting: Sendable {
    let layout: JobLayout
    let options: TrainingOptions
    /// The steps of the run, at most, until something else is to be done.
    let stepLimit: Int?
    /// What the schedule goes by, of the epochs that are complete.
    let measured: [Double]
    /// What was changed on the way until now.
    let changes: [TrainingChange]
    let stopRequest: StopRequest
    /// Called by worker 0 after each step, while the others may read, but not change, parameters.
    let stepFinished: @Sendable (StepRecord, TrainingProgress) throws -> Void

    func learningRate(step: Int) -> Float {
      let scheduled = options.schedule.learningRate(
        base: options.learningRate, step: step, stepsPerEpoch: layout.epochs.steps,
        totalSteps: options.epochs * layout.epochs.steps, measured: measured)
      return changes.learningRate(scheduled: scheduled)
    }
  }

  private let setting: Setting
  private let batches: any BatchSource
  private let steps: StepRunner
  /// How often a worker has finished the n-th mini-batch of a step: the last one to do so gives the
  /// mini-batch back. No worker begins a step before all have taken part in the exchange of the one
  /// before, so the counts of steps do not mix.
  private let batchesComputed: [Counter]
  /// Exchanges that the workers have made before this epoch.
  private let exchangesBefore: Int
  private let start: TrainingProgress
  private(set) var progress: TrainingProgress
  /// Why the steps were left early; empty where they were not.
  private(set) var signals: StepSignals = []

  init(
    _ setting: Setting, progress: TrainingProgress, exchangesBefore: Int,
    batches: any BatchSource, steps: StepRunner
  ) {
    self.setting = setting
    self.start = progress
    self.progress = progress
    self.exchangesBefore = exchangesBefore
    self.batches = batches
    self.steps = steps
    let epochs = setting.layout.epochs
    let most = min(epochs.accumulatedBatches, epochs.batches)
    batchesComputed = (0..<most).map { _ in Counter() }
  }

  private var epochs: EpochDivision { setting.layout.epochs }

  /// The steps of the epoch that are still to be made, at most up to the limit.
  var remainingSteps: Range<Int> {
    let limit = setting.stepLimit.map { start.stepInEpoch + max(0, $0 - start.step) }
    let end = min(epochs.steps, limit ?? epochs.steps)
    return start.stepInEpoch..<max(start.stepInEpoch, end)
  }

  /// The mini-batches of those steps.
  var remainingBatches: Range<Int> {
    let steps = remainingSteps
    let first = epochs.batches(ofStep: steps.lowerBound).lowerBound
    if steps.isEmpty { return first..<first }
    return first..<epochs.batches(ofStep: steps.upperBound - 1).upperBound
  }

  /// How many exchanges this epoch has made.
  var exchangesMade: Int { progress.stepInEpoch - start.stepInEpoch }

  /// Runs the steps on all workers; returns when they are done.
  /// - Throws: what a step throws.
  func run(on team: Team) throws {
    try steps.run(
      on: team, remainingSteps.lazy.map { [self] in context(step: $0) },
      stopRequest: setting.stopRequest
    ) { [self] worker in try run(worker) }
  }

  /// Runs the steps on one worker.
  private func run(_ worker: Worker) throws {
    guard let trainingStep = steps.workers[worker] else {
      preconditionFailure("worker \(worker.index) has not been prepared")
    }
    let begin = DispatchTime.now()
    var waiting = 0.0
    var figures = ExchangeFigures()
    for index in remainingSteps {
      let step = context(step: index)
      let batches = epochs.batches(ofStep: index)
      for (position, batch) in batches.enumerated() {
        trainingStep.activity.step = step.step
        trainingStep.activity.noteWaitingForData()
        let asked = DispatchTime.now()
        let context = context(
          try self.batches.batch(batch, for: worker), of: step, batches: batches)
        waiting += asked.secondsToNow
        try trainingStep.compute(context, worker: worker)
        let count = batchesComputed[position].value.add(1, ordering: .acquiringAndReleasing)
        if count.newValue % worker.count == 0 { self.batches.release(batch) }
      }
      let outcome = try trainingStep.exchange(
        step, worker: worker, stopRequest: setting.stopRequest)
      trainingStep.activity.noteEndOfStep()
      figures += outcome.figures
      if worker.index == 0 {
        progress.sum += outcome.losses
        progress.step += 1
        progress.stepInEpoch += 1
        progress.seconds = start.seconds + begin.secondsToNow
        progress.secondsWaitingForData = start.secondsWaitingForData + waiting
        progress.exchange = start.exchange
        progress.exchange += figures
        signals = outcome.signals
        try setting.stepFinished(
          record(images: epochs.images(ofStep: index), outcome.figures), progress)
      }
      if !outcome.signals.isEmpty { break }
    }
  }

  private func context(step index: Int) -> StepContext {
    let stepsMade = start.step + index - start.stepInEpoch
    let firstBatch = epochs.batches(ofStep: index).lowerBound
    return StepContext(
      epoch: start.epoch, step: stepsMade + 1,
      exchange: exchangesBefore + index - start.stepInEpoch,
      activeShards: setting.layout.division.active(images: epochs.images(inBatch: firstBatch)),
      images: epochs.images(ofStep: index),
      learningRate: setting.learningRate(step: stepsMade))
  }

  private func context(_ batch: Batch, of step: StepContext, batches: Range<Int>) -> BatchContext {
    BatchContext(
      step: step, batch: batch,
      imagesBefore: (batch.index - batches.lowerBound) * epochs.batchSize,
      isFirstOfStep: batch.index == batches.lowerBound,
      isLastOfStep: batch.index == batches.upperBound - 1,
      activeShards: setting.layout.division.active(images: batch.count))
  }

  private func record(images: Int, _ figures: ExchangeFigures) -> StepRecord {
    StepRecord(
      epoch: progress.epoch + 1, epochs: setting.options.epochs, stepInEpoch: progress.stepInEpoch,
      stepsPerEpoch: epochs.steps, step: progress.step, images: images,
      learningRate: setting.learningRate(step: progress.step - 1), loss: progress.sum.meanLoss,
      top1: progress.sum.top1Accuracy, imagesInEpoch: progress.sum.images,
      trainImages: epochs.images, secondsInEpoch: progress.seconds, exchange: figures)
  }
}

/// A count that all workers raise.
private final class Counter: Sendable {
  let value = Atomic<Int>(0)
}
