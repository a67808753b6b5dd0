import Foundation
import TandemCollectives
import TandemData
import TandemExecution
import TandemTensor

/// One call of `Trainer.run`: sets up memory, replicas and files, then goes through the epochs.
///
/// Ownership: belongs to the thread that called `Trainer.run`.
final class TrainingRun {
  let trainer: Trainer
  let options: TrainingOptions
  private let epochs: EpochDivision
  let memory: TrainingMemory
  /// The mean of the last epochs' weights; nil where nobody asks for it.
  let mean: ParameterAverage?
  private let batches: any BatchSource
  private let plans: Plans
  let steps: StepRunner
  let events: EventRelay
  private let output: OutputFolder?
  private var checkpoints: CheckpointWriter?
  private let isResumed: Bool
  /// On the first rank, where layers are to be measured.
  private let layers: LayerMeasurement?
  /// The parameters before the epoch's last step, for that.
  private var parametersBefore: [Float] = []

  var progress: TrainingProgress
  /// Changes that are made when their steps come, in the order of these.
  var plannedChanges: [TrainingChange] = []
  private var exchanges = 0
  private var imagesTrained = 0
  private var secondsTrained = 0.0
  private var evaluation: EvaluationResult?
  private var emaEvaluation: EvaluationResult?
  private var meanEvaluation: EvaluationResult?
  /// Whether this rank has the present values of all parameters, and not of its devices' slices
  /// only.
  private var hasAllParameters = false
  /// The same of the average that follows steps.
  private var hasAllAverages = false

  /// Sets the run up. All that can fail does so here, before an epoch is computed in vain.
  init(_ trainer: Trainer) throws {
    self.trainer = trainer
    options = trainer.options
    epochs = trainer.layout.epochs
    isResumed = trainer.resumePoint != nil
    progress = trainer.resumePoint?.progress ?? TrainingProgress()

    output = try Self.openOutput(trainer)
    mean = try Self.makeMean(trainer)
    memory = try Self.makeMemory(trainer)
    let history = trainer.job.rank == 0 ? output.map { [HistoryWriter(folder: $0.path)] } : nil
    events = EventRelay(observers: trainer.observers + (history ?? []))
    plans = try Self.compile(trainer)
    let exchange = try ExchangeSetup(
      plans, trainer.layout, memory, options, meeting: trainer.sharedArenas?.meeting)
    steps = try StepRunner(
      team: trainer.team, job: trainer.job, plans: plans, exchange: exchange, loss: trainer.loss,
      options: options)
    checkpoints = try Self.checkpointWriter(trainer, output, memory, mean, exchange)
    batches = try Self.batchSource(trainer)
    layers =
      options.layerStatistics && trainer.job.rank == 0 ? try LayerMeasurement(trainer) : nil
    if options.evaluatesEachEpoch { try trainer.prepareEvaluation(of: trainer.data.test) }
    plannedChanges = try Self.plannedChanges(trainer, after: progress.step)
    try useMomentum()
  }

  deinit {
    batches.shutDown()
  }

  func run() throws -> TrainingResult {
    if !isResumed, let output {
      try trainer.job.onFirstRank("clearing the output folder") { try output.clear() }
    }
    if options.emulatesComputing { try emulateComputing() }
    try events.send(.started(startRecord))
    for warning in trainer.warnings { try events.send(.warning(warning)) }
    var ending: TrainingResult.Ending?
    while ending == nil { ending = try runEpoch() }
    try completeParameters()
    trainer.timelines = RankTimelines(steps, plans)
    let result = result(ending ?? .completed)
    try events.send(.finished(result))
    return result
  }

  /// Runs what is left of the present epoch; returns how the run ends, or nil if it goes on.
  private func runEpoch() throws -> TrainingResult.Ending? {
    let stepsBefore = progress.step
    keepGradients(ofStep: lastStep)
    if try runSteps() {
      try writeCheckpoint()
      return .interrupted
    }
    try completeParameters()
    if options.evaluatesEachEpoch {
      try events.send(.evaluationStarted(images: trainer.data.test.count))
      evaluation = try trainer.evaluate(trainer.data.test)
      try completeAverages()
      emaEvaluation = try memory.average.map(evaluate)
    }
    var record = epochRecord
    if !parametersBefore.isEmpty {
      record.layers = try layers?.measure(
        trainer.parameterArena, before: parametersBefore, on: trainer.team)
      parametersBefore = []
    }
    if isEpochComplete {
      progress.finishEpoch(record, keepingBest: options.keepBest)
      addToMean(&progress)
    }
    try lendingGradients(isMade: progress.step > stepsBefore) {
      try events.send(.epochFinished(record))
    }
    let stops = try agree(onWeightsAfter: record)
    if stops { try noteStop() }
    try writeCheckpoint()
    if progress.epoch == options.epochs {
      if options.evaluatesEachEpoch { meanEvaluation = try mean.map(evaluate) }
      return .completed
    }
    if options.earlyStopping?.ends(after: progress.records) == true { return .earlyStopping }
    if let limit = options.stepLimit, progress.step >= limit { return .stepLimit }
    return stops ? .interrupted : nil
  }

  /// Makes the steps that are left of the present epoch, with the checkpoints between them; returns
  /// whether a stop was requested.
  private func runSteps() throws -> Bool {
    let remaining = loop(stepLimit: options.stepLimit).remainingBatches
    if remaining.isEmpty { return false }
    batches.begin(
      epoch: progress.epoch, firstBatch: remaining.lowerBound, batchLimit: remaining.count)
    while true {
      try makePlannedChanges()
      if options.layerStatistics, progress.step == lastStep - 1 { try keepParameters() }
      let beforeLast =
        options.layerStatistics && progress.step < lastStep - 1 ? lastStep - 1 : nil
      // Checkpoints are written between regions of the team, when nobody computes or exchanges.
      let pause = options.checkpointEverySteps.map { (progress.step / $0 + 1) * $0 }
      let beforeChange = plannedChanges.first.map { $0.step - 1 }
      let loop = loop(
        stepLimit: [options.stepLimit, pause, beforeLast, beforeChange].compactMap(\.self).min())
      hasAllParameters = false
      hasAllAverages = false
      memory.forgetForeign()
      try loop.run(on: trainer.team)
      imagesTrained += loop.progress.sum.images - progress.sum.images
      secondsTrained += loop.progress.seconds - progress.seconds
      exchanges += loop.exchangesMade
      progress = loop.progress
      if loop.signals.contains(.attention), try attend() { return true }
      if loop.signals.contains(.stop) { return true }
      // The epoch's own checkpoint follows.
      if isEpochComplete || progress.step == options.stepLimit { return false }
      if progress.step == pause { try writeCheckpoint() }
    }
  }

  /// Whether all steps of the present epoch are made.
  var isEpochComplete: Bool { progress.stepInEpoch == epochs.steps }

  /// The step that ends the present epoch, or the run within it.
  private var lastStep: Int {
    min(progress.step - progress.stepInEpoch + epochs.steps, options.stepLimit ?? .max)
  }

  /// Keeps the parameters as they are before the step that is to be measured.
  private func keepParameters() throws {
    try completeParameters()
    guard layers != nil else { return }
    parametersBefore = Array(
      UnsafeBufferPointer(
        start: trainer.parameterArena.floats(), count: trainer.graph.parameterLayout.elementCount))
  }

  private func loop(stepLimit: Int?) -> EpochLoop {
    EpochLoop(
      setting(stepLimit: stepLimit), progress: progress, exchangesBefore: exchanges,
      batches: batches, steps: steps)
  }

  private func setting(stepLimit: Int?) -> EpochLoop.Setting {
    EpochLoop.Setting(
      layout: trainer.layout, options: options, stepLimit: stepLimit,
      measured: progress.measured(options.schedule.shape.metric),
      changes: progress.changes ?? [], stopRequest: trainer.stopRequest
    ) { [events] step, _ in
      try events.send(.stepFinished(step))
    }
  }

  func writeCheckpoint() throws {
    guard let path = checkpoints?.folder.last else { return }
    try completeParameters()
    try completeAverages()
    try checkpoints?.write(progress)
    try events.send(.checkpointWritten(path: path))
  }

  /// Gives all ranks the slices of parameters that only some keep up to date in steps.
  private func completeParameters() throws {
    guard !hasAllParameters else { return }
    hasAllParameters = true
    let parts = steps.exchange.slicedParts
    if parts.isEmpty { return }
    try trainer.job.perform("gathering slices of parameters") { communicator in
      for parts in parts {
        try communicator.allGather(trainer.parameterArena.floats(), parts: parts)
      }
    }
  }

  private func completeAverages() throws {
    guard !hasAllAverages else { return }
    hasAllAverages = true
    try gatherAverage()
  }

  /// Makes sure that all ranks have the same weights, and finds out whether one was asked to stop
  /// since the last step.
  private func agree(onWeightsAfter record: EpochRecord) throws -> Bool {
    let job = trainer.job
    try job.compare("comparing weights", facts("weights after step \(record.step)"))
    return try job.gather("asking who was told to stop", trainer.stopRequest.isRequested)
      .contains(true)
  }

  private func facts(_ name: String) -> [RankFact] {
    Preflight.facts(name, trainer.parameterArena, trainer.graph.parameterLayout)
  }
}

// MARK: - Emulation

extension TrainingRun {
  /// Lets all workers of all ranks measure how long they compute, and wait as long in the steps.
  /// One rank measures after the other, because they may share cores, and where a rank has not a
  /// core for each worker, one worker after the other.
  private func emulateComputing() throws {
    let areTogether = trainer.isPinned
    for rank in 0..<trainer.job.size {
      if rank == trainer.job.rank {
        try trainer.team.run { [steps] worker in
          for turn in 0..<(areTogether ? 1 : worker.count) {
            if areTogether || turn == worker.index { try steps.workers[worker]?.emulateComputing() }
            try worker.barrier()
          }
        }
      }
      try trainer.job.perform("waiting for rank \(rank) to measure its computing") { communicator in
        let end = try communicator.startBarrier(.general)
        // Long naps, so that these ranks do not show in what another one measures.
        while try !communicator.isFinished(end) { usleep(5000) }
      }
    }
  }
}

// MARK: - Records

extension TrainingRun {
  private var startRecord: TrainingStart {
    TrainingStart(
      network: trainer.network.name,
      trainableParameters: memory.layout.trainableParameters,
      frozenParameters: trainer.frozenParameters, dataset: trainer.data.train.name,
      trainImages: trainer.data.train.count, testImages: trainer.data.test.count,
      measuredPart: trainer.data.measuredPart,
      classes: trainer.data.train.classNames.count, optimizer: options.optimizer.name,
      batchSize: options.batchSize, epochs: options.epochs, stepsPerEpoch: epochs.steps,
      ranks: trainer.job.size, workersOfRanks: trainer.workers.counts,
      workers: trainer.workers.total, shards: trainer.shards, mesh: trainer.mesh,
      parallelism: options.parallelism, pinned: trainer.isPinned,
      arenaBytes: plans.arenaBytes,
      preparation: trainer.data.train.takesComputing ? batches.preparation : nil,
      outputFolder: output?.path, resumedSteps: progress.step,
      previousEpochs: progress.records)
  }

  /// The present epoch, or the part of it that was made.
  private var epochRecord: EpochRecord {
    EpochRecord(
      epoch: progress.epoch + 1, step: progress.step,
      learningRate: setting(stepLimit: nil).learningRate(step: max(0, progress.step - 1)),
      trainLoss: progress.sum.meanLoss, trainTop1: progress.sum.top1Accuracy,
      measuredPart: trainer.data.measuredPart,
      testLoss: options.evaluatesEachEpoch ? evaluation?.loss : nil,
      testTop1: options.evaluatesEachEpoch ? evaluation?.top1 : nil,
      testTop5: options.evaluatesEachEpoch ? evaluation?.top5 : nil,
      emaLoss: emaEvaluation?.loss, emaTop1: emaEvaluation?.top1, emaTop5: emaEvaluation?.top5,
      imagesPerSecond: Double(progress.sum.images) / progress.seconds, seconds: progress.seconds,
      secondsWaitingForData: progress.secondsWaitingForData,
      exchange: progress.exchange)
  }

  private func result(_ ending: TrainingResult.Ending) -> TrainingResult {
    let isInEpoch = progress.stepInEpoch > 0
    return TrainingResult(
      ending: ending, epochs: progress.records, steps: progress.step,
      evaluation: isInEpoch && ending == .interrupted ? nil : evaluation,
      averageEvaluation: meanEvaluation, best: progress.best,
      checkpoint: output?.checkpoints.last, seconds: secondsTrained,
      imagesPerSecond: secondsTrained > 0 ? Double(imagesTrained) / secondsTrained : 0,
      trainableParameters: memory.layout.trainableParameters, ranks: trainer.job.size,
      workersOfRanks: trainer.workers.counts, workers: trainer.workers.total,
      shards: trainer.shards, resumeHint: resumeHint(ending))
  }

  private func resumeHint(_ ending: TrainingResult.Ending) -> String? {
    guard let output, ending != .completed, ending != .earlyStopping else { return nil }
    let step = ending == .stepLimit ? " and a larger `stepLimit`" : ""
    return
      "to continue, run the same \(trainer.job.isLaunched ? "mpirun " : "")command with `resume(from:)` \(output.path)\(step)"
  }
}
