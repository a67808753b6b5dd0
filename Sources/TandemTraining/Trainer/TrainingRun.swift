import TandemCollectives
import TandemData
import TandemExecution
import TandemTensor

/// One call of `Trainer.run`: sets up memory, replicas and files, then goes through the epochs.
///
/// Ownership: belongs to the thread that called `Trainer.run`.
final class TrainingRun {
  private let trainer: Trainer
  private let options: TrainingOptions
  private let division: EpochDivision
  private let memory: TrainingMemory
  private let loader: Loader
  private let plans: PlanSet
  private let steps: StepSet
  private let events: EventRelay
  private let output: OutputFolder?
  private let checkpoints: CheckpointWriter?
  private let isResumed: Bool

  private var progress: TrainingProgress
  private var exchanges = 0
  private var imagesTrained = 0
  private var secondsTrained = 0.0
  private var evaluation: EvaluationResult?

  init(_ trainer: Trainer, checkpoint: Checkpoint?) throws {
    self.trainer = trainer
    options = trainer.options
    isResumed = checkpoint != nil
    progress = checkpoint?.progress ?? TrainingProgress()
    division = EpochDivision(
      images: trainer.data.train.count, batchSize: options.batchSize,
      accumulatedBatches: options.accumulatedBatches)
    output = options.outputFolder.map(OutputFolder.init)
    // Before anything is computed, so that a wrong path does not cost an epoch.
    try output?.prepare(
      overwrites: options.overwritesOutput, resumedCheckpoint: checkpoint?.folder)

    let shards = ShardDivision(shards: trainer.shards)
    let layout = RankLayout(
      rank: trainer.job.rank, workersOfRanks: trainer.workers.counts)
    memory = try TrainingMemory(
      layout: trainer.graph.parameterLayout, parameters: trainer.parameterArena,
      stateNames: options.optimizer.stateNames, shards: layout.shards(ofRank: layout.rank, shards))
    try checkpoint?.loadState(into: memory, stateNames: options.optimizer.stateNames)
    checkpoints = output.map { [memory] output in
      CheckpointWriter(
        folder: output.checkpoints, identity: trainer.identity,
        course: LearningRateCourse(trainer.options), classNames: trainer.data.train.classNames,
        memory: memory)
    }
    events = EventRelay(
      observers: trainer.observers + (output.map { [HistoryWriter(folder: $0.path)] } ?? []))

    plans = try Self.compile(trainer, division, shards)
    steps = try StepSet(
      team: trainer.team, plans: plans, memory: memory, layout: layout, division: shards,
      options: options)
    // A batch is in use while the next ones are prepared.
    loader = try Loader(
      dataset: trainer.data.train,
      sampler: Sampler(
        count: trainer.data.train.count, seed: options.seed, shuffle: options.shuffle),
      batchSize: options.batchSize, normalization: trainer.normalization,
      threads: options.loaderThreads, slots: max(4, 2 * options.loaderThreads + 2))
  }

  deinit {
    loader.shutDown()
  }

  func run() throws -> TrainingResult {
    if !isResumed { try output?.clear() }
    try events.send(.started(startRecord))
    for warning in trainer.warnings { try events.send(.warning(warning)) }
    var ending: TrainingResult.Ending?
    while ending == nil { ending = try runEpoch() }
    let result = result(ending ?? .completed)
    try events.send(.finished(result))
    return result
  }

  /// Runs what is left of the present epoch; returns how the run ends, or nil if it goes on.
  private func runEpoch() throws -> TrainingResult.Ending? {
    let loop = EpochLoop(
      setting, progress: progress, exchangesBefore: exchanges, loader: loader, steps: steps)
    let batches = loop.remainingBatches
    if !batches.isEmpty {
      loader.begin(
        epoch: progress.epoch, firstBatch: batches.lowerBound, batchLimit: batches.count)
      try loop.run(on: trainer.team)
      imagesTrained += loop.progress.sum.images - progress.sum.images
      secondsTrained += loop.progress.seconds - progress.seconds
      exchanges += loop.exchangesMade
      progress = loop.progress
    }
    if loop.stops {
      try writeCheckpoint()
      return .interrupted
    }
    if options.evaluatesEachEpoch {
      try events.send(.evaluationStarted(images: trainer.data.test.count))
      evaluation = try trainer.evaluate(trainer.data.test)
    }
    let record = epochRecord
    let isComplete = progress.stepInEpoch == division.steps
    if isComplete { progress.finishEpoch(record) }
    try events.send(.epochFinished(record))
    try writeCheckpoint()
    if progress.epoch == options.epochs { return .completed }
    if let limit = options.stepLimit, progress.step >= limit { return .stepLimit }
    return trainer.stopRequest.isRequested ? .interrupted : nil
  }

  private var setting: EpochLoop.Setting {
    let every = options.checkpointEverySteps
    let lastStep = division.steps
    return EpochLoop.Setting(
      division: division, shards: ShardDivision(shards: trainer.shards), epochs: options.epochs,
      schedule: options.schedule, baseLearningRate: options.learningRate,
      stepLimit: options.stepLimit, stopRequest: trainer.stopRequest
    ) { [events, checkpoints] step, progress in
      try events.send(.stepFinished(step))
      // After the last step the epoch's own checkpoint follows.
      guard let every, let checkpoints, step.step % every == 0, step.stepInEpoch < lastStep
      else { return }
      try checkpoints.write(progress)
      try events.send(.checkpointWritten(path: checkpoints.folder.last))
    }
  }

  private func writeCheckpoint() throws {
    guard let checkpoints else { return }
    try checkpoints.write(progress)
    try events.send(.checkpointWritten(path: checkpoints.folder.last))
  }
}

// MARK: - Setting up

extension TrainingRun {
  /// Compiles a plan for each number of images that a shard can have.
  private static func compile(
    _ trainer: Trainer, _ division: EpochDivision, _ shards: ShardDivision
  ) throws -> PlanSet {
    let counts = division.batchImageCounts.reduce(into: Set<Int>()) { counts, images in
      counts.formUnion(shards.imageCounts(images: images))
    }
    return try trainer.team.onFirstWorker { [graph = trainer.graph] in
      try PlanSet(graph: graph, imageCounts: counts, mode: .training)
    }
  }
}

// MARK: - Records

extension TrainingRun {
  private var startRecord: TrainingStart {
    TrainingStart(
      network: trainer.network.name,
      trainableParameters: memory.layout.trainableParameters, dataset: trainer.data.train.name,
      trainImages: trainer.data.train.count, testImages: trainer.data.test.count,
      classes: trainer.data.train.classNames.count, optimizer: options.optimizer.name,
      batchSize: options.batchSize, epochs: options.epochs, stepsPerEpoch: division.steps,
      ranks: trainer.job.size, workersOfRanks: trainer.workers.counts,
      workers: trainer.workers.total, shards: trainer.shards, pinned: trainer.isPinned,
      arenaBytes: plans.arenaBytes, outputFolder: output?.path, resumedSteps: progress.step,
      previousEpochs: progress.records)
  }

  /// The present epoch, or the part of it that was made.
  private var epochRecord: EpochRecord {
    EpochRecord(
      epoch: progress.epoch + 1, step: progress.step,
      learningRate: setting.learningRate(step: max(0, progress.step - 1)),
      trainLoss: progress.sum.meanLoss, trainTop1: progress.sum.top1Accuracy,
      testLoss: options.evaluatesEachEpoch ? evaluation?.loss : nil,
      testTop1: options.evaluatesEachEpoch ? evaluation?.top1 : nil,
      testTop5: options.evaluatesEachEpoch ? evaluation?.top5 : nil,
      imagesPerSecond: Double(progress.sum.images) / progress.seconds, seconds: progress.seconds,
      secondsWaitingForData: progress.secondsWaitingForData,
      secondsExchanging: progress.secondsExchanging)
  }

  private func result(_ ending: TrainingResult.Ending) -> TrainingResult {
    let isInEpoch = progress.stepInEpoch > 0
    return TrainingResult(
      ending: ending, epochs: progress.records, steps: progress.step,
      evaluation: isInEpoch && ending == .interrupted ? nil : evaluation,
      checkpoint: output?.checkpoints.last, seconds: secondsTrained,
      imagesPerSecond: secondsTrained > 0 ? Double(imagesTrained) / secondsTrained : 0,
      trainableParameters: memory.layout.trainableParameters, ranks: trainer.job.size,
      workersOfRanks: trainer.workers.counts, workers: trainer.workers.total,
      shards: trainer.shards, resumeHint: resumeHint(ending))
  }

  private func resumeHint(_ ending: TrainingResult.Ending) -> String? {
    guard let output, ending != .completed else { return nil }
    let step = ending == .stepLimit ? " and a larger --steps" : ""
    return "to continue, run the same command with --resume \(output.path)\(step)"
  }
}
