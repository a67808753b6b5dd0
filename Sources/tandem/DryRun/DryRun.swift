import Foundation
import Tandem
import TandemCollectives
import TandemNetwork
import TandemTensor
import TandemTraining

/// All of a training as far as its first step, and a few steps whose result nobody keeps.
///
/// The memory of a run is counted by setting it up with arenas that have addresses only
/// (`MemoryArena.counting`), so it is that of the code that trains, and not a formula's. What does
/// not fit is refused before anything is taken.
struct DryRun {
  private let command: TrainCommand
  private let prepared: PreparedTraining
  private let job: Job

  init(_ command: TrainCommand, _ prepared: PreparedTraining, in job: Job) {
    self.command = command
    self.prepared = prepared
    self.job = job
  }

  /// What is known of the run that would be.
  private struct Expected {
    let memory: [RankMemory]
    let disk: DiskNeed?
    let settings: [String: RunRecord.Setting]
    let stepsPerEpoch: Int
    let workers: JobWorkers
    let shards: Int
    let mesh: Mesh?
    let trainableParameters: Int
  }

  /// - Returns: the report, on all ranks.
  /// - Throws: `DryRunError` for what does not fit; what setting up and training throw.
  func run() throws -> DryRunReport {
    let expected = try expectations()
    if let problem = RankMemory.shortage(of: expected.memory) { throw problem }
    if job.rank == 0, let disk = expected.disk { try disk.check() }
    let trial = try trial(expected)
    let peaks = try job.gather("comparing memory", ProcessMemory.peakBytes ?? 0)
    return DryRunReport(
      prepared, data: command.data.source, steps: (expected.stepsPerEpoch, prepared.options.epochs),
      .init(
        workers: expected.workers, shards: expected.shards, mesh: expected.mesh,
        parallelism: prepared.options.parallelism),
      settings: expected.settings, disk: expected.disk,
      memory: zip(expected.memory, peaks).map { memory, peak in
        DryRunReport.Memory(
          memory, measuredPeakBytes: trial.images == imagesPerStep ? peak : nil)
      }, trial, trainableParameters: expected.trainableParameters)
  }

  private func expectations() throws -> Expected {
    let options = keepingNothing
    let trainer = try trainer(options, [])
    if job.rank == 0 { StandardErrorLog.warn(trainer.warnings) }
    try command.network.loadWeights(into: trainer)
    if let resume = command.output.resume { try trainer.resume(from: resume) }
    let count = try trainer.countMemory()
    let memory = try job.gather("comparing memory", RankMemory(count, in: job))
    let given = OptionCatalogue(of: TrainCommand.self)
      .options(in: try Array(ResumedOptions.completed(ToolArguments.all).dropFirst()))
    let disk = try job.fromFirstRank("looking at the output folder") {
      try diskNeed(trainer)
    }
    return Expected(
      memory: memory, disk: disk, settings: RunSettings.decided(trainer, given: given),
      stepsPerEpoch: trainer.stepsPerEpoch, workers: trainer.workers, shards: trainer.shards,
      mesh: trainer.mesh,
      trainableParameters: try prepared.network.graph().parameterLayout.trainableParameters)
  }

  /// nil for a run that keeps nothing.
  private func diskNeed(_ trainer: Trainer) throws -> DiskNeed? {
    func need(_ folder: String) throws -> DiskNeed {
      try DiskNeed(
        folder: folder, checkpointBytes: trainer.checkpointBytes,
        kept: prepared.options.keptCheckpoints,
        bestBytes: prepared.options.keepBest == nil ? 0 : trainer.weightBytes,
        overwrites: prepared.options.overwritesOutput, resumed: command.output.resume)
    }
    guard let own = command.ownFolder(of: prepared.network) else {
      return try prepared.options.outputFolder.map(need)
    }
    do {
      return try need(own.next)
    } catch FileError.cannotWrite(_, let code) {
      throw RunFolderError(path: own.next, code: code)
    }
  }

  private func trainer(
    _ options: TrainingOptions, _ observers: [any TrainingObserver]
  ) throws -> Trainer {
    try Trainer(
      network: prepared.network, data: prepared.pair, normalization: prepared.normalization,
      options: options, observers: observers, job: job)
  }

  /// The run's options but for what it writes and how it is ended.
  private var keepingNothing: TrainingOptions {
    var options = prepared.options
    options.outputFolder = nil
    options.overwritesOutput = false
    options.checkpointEverySteps = nil
    options.keepBest = nil
    options.keptCheckpoints = 1
    options.stopsOnSignals = false
    return options
  }

  private var imagesPerStep: Int {
    min(
      prepared.options.batchSize * prepared.options.accumulatedBatches, prepared.pair.train.count)
  }

  /// Steps of the run itself, or of fewer images if these would take long.
  private func trial(_ expected: Expected) throws -> DryRunReport.Trial {
    var options = keepingNothing
    let images = try trialImages(expected)
    if images < imagesPerStep {
      options.batchSize = images
      options.accumulatedBatches = 1
      options.evaluatesEachEpoch = false
      options.earlyStopping = nil
      options.schedule = .constant
    }
    // What runs away in a few steps runs away in the training; here it is of no interest.
    options.toleratesNonFinite = true
    options.stepLimit = nil
    options.epochs = max(options.epochs, StepStopwatch.steps)
    let stopwatch = StepStopwatch()
    let trainer = try trainer(options, [stopwatch])
    stopwatch.stopRequest = trainer.stopRequest
    try command.network.loadWeights(into: trainer)
    _ = try trainer.run()
    let seconds = try job.fromFirstRank("measuring steps") { stopwatch.secondsPerStep }
    return DryRunReport.Trial(images: images, secondsPerStep: seconds)
  }

  /// Steps longer than this are measured with fewer images.
  private static let longStepSeconds = 20.0
  private static let shortStepSeconds = 6.0
  /// A guess that is good enough to tell seconds from minutes.
  private static let guessedFlopsPerWorker = 1e11

  private func trialImages(_ expected: Expected) throws -> Int {
    let perImage = 6 * Double(try prepared.network.graph().nodes.map(\.multiplyAdds).reduce(0, +))
    let speed = Self.guessedFlopsPerWorker * Double(expected.workers.total)
    guard perImage * Double(imagesPerStep) / speed > Self.longStepSeconds else {
      return imagesPerStep
    }
    let images = Int(Self.shortStepSeconds * speed / perImage)
    // As many for each shard, and not fewer than two, which batch normalization needs.
    let shards = expected.shards
    return min(imagesPerStep, max(2, images / shards) * shards)
  }
}
