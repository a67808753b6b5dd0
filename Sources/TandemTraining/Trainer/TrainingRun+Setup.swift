import TandemCollectives
import TandemData
import TandemExecution

// The steps in which a run is set up, in their order; see `TrainingRun.init`.

extension TrainingRun {
  /// Takes the output folder for this run, if there is one to be written.
  static func openOutput(_ trainer: Trainer) throws -> OutputFolder? {
    guard let output = trainer.options.outputFolder.map(OutputFolder.init) else { return nil }
    try trainer.job.onFirstRank("preparing the output folder") {
      try trainer.lockOutput()
      try output.prepare(
        overwrites: trainer.options.overwritesOutput,
        resumedCheckpoint: trainer.resumePoint?.folder)
    }
    return output
  }

  /// Makes the arenas of gradients and of the optimizer's state, which a resumed run gets from its
  /// checkpoint, and makes sure that all ranks begin with the same weights.
  static func makeMemory(_ trainer: Trainer) throws -> TrainingMemory {
    let options = trainer.options
    let memory = try TrainingMemory(
      TrainedLayout(trainer.graph.parameterLayout, rates: trainer.rates),
      parameters: trainer.parameterArena,
      stateNames: options.optimizer.stateNames, division: trainer.layout,
      factored: try FactoredGradients(
        trainer.factoredWeights, images: trainer.layout.epochs.imagesPerStep, wire: options.wire),
      shared: trainer.sharedArenas)
    if let decay = options.emaDecay { try memory.averageSteps(decay: decay) }
    if options.keepsGradients { try memory.keepGradients() }
    if trainer.resumePoint != nil { try loadState(trainer, into: memory) }
    try trainer.job.compare(
      "comparing first weights",
      Preflight.facts("first weights", trainer.parameterArena, trainer.graph.parameterLayout))
    memory.forgetForeign()
    return memory
  }

  /// Gives all ranks the optimizer's state of the first rank's checkpoint.
  private static func loadState(_ trainer: Trainer, into memory: TrainingMemory) throws {
    try trainer.job.onFirstRank("reading the optimizer's state") {
      try trainer.checkpoint?.loadState(
        into: memory, stateNames: trainer.options.optimizer.stateNames)
      if let average = memory.average {
        try trainer.checkpoint?.loadPart(
          CheckpointFolder.emaName, into: average.arena, graph: trainer.graph,
          network: trainer.network)
      }
    }
    // Not needed any more, and as large as the network and its state.
    trainer.checkpoint = nil
    for arena in memory.optimizerState {
      try trainer.job.broadcast("sending the optimizer's state", arena)
    }
    if let average = memory.average {
      try trainer.job.broadcast("sending averaged weights", average.arena)
    }
  }

  /// The changes that are still to come, which the first rank knows.
  static func plannedChanges(
    _ trainer: Trainer, after step: Int
  ) throws -> [TrainingChange] {
    try trainer.job.fromFirstRank("reading what is to be changed on the way") {
      trainer.plannedChanges.filter { $0.changesWeights && $0.step > step }
        .sorted { $0.step < $1.step }
    }
  }

  /// Compiles a plan for each number of images that a shard can have, and for each device of this
  /// rank.
  static func compile(_ trainer: Trainer) throws -> Plans {
    let (epochs, division) = (trainer.layout.epochs, trainer.layout.division)
    let own = trainer.layout.ownShards
    let keys = epochs.batchImageCounts.reduce(into: Set<PlanKey>()) { keys, images in
      keys.formUnion(division.planKeys(images: images, ofShards: own))
    }
    let addsGradients =
      epochs.accumulatedBatches > 1
      || epochs.batchImageCounts.contains { images in
        division.microBatches(ofShard: division.range(ofShard: 0, images: images)).count > 1
      }
    return try trainer.team.onFirstWorker {
      [
        graph = trainer.graph, mesh = trainer.layout.mesh, factored = trainer.factoredWeights,
        options = trainer.options
      ] in
      try Plans(
        graph: graph, placed: mesh?.placed, groups: mesh?.devices.groups ?? 0, keys: keys,
        mode: .training, precision: options.precision, factored: factored,
        addsGradients: addsGradients)
    }
  }

  /// Who writes the checkpoints, if they are to be written.
  static func checkpointWriter(
    _ trainer: Trainer, _ output: OutputFolder?, _ memory: TrainingMemory,
    _ mean: ParameterAverage?, _ exchange: ExchangeSetup
  ) throws -> CheckpointWriter? {
    guard let output else { return nil }
    return CheckpointWriter(
      job: trainer.job, folder: output.checkpoints, identity: try trainer.identity(),
      course: try trainer.course(), classNames: trainer.data.train.classNames,
      pictures: trainer.data.train.pictureRecipe,
      memory: memory, mean: mean, stateParts: exchange.stateParts,
      kept: trainer.options.keptCheckpoints,
      former: trainer.resumePoint?.folder)
  }

  /// Images that are waited for, or for which a core is idle, come from threads of a loader.
  static func batchSource(_ trainer: Trainer) throws -> any BatchSource {
    let (options, layout) = (trainer.options, trainer.layout)
    let dataset = trainer.trainingImages
    let sampler = trainer.sampler
    // Devices of one rank that share images would each prepare all of them.
    let sharesImages =
      layout.division.readsParts && layout.mesh.map { $0.devices.membersHere > 1 } ?? false
    if dataset.isInMemory || dataset.takesComputing, !trainer.hasIdleCores, !sharesImages {
      return WorkerBatches(
        dataset: dataset, sampler: sampler, batchSize: options.batchSize,
        normalization: trainer.normalization, layout: layout.ranks, division: layout.division)
    }
    // One thread copies faster than any network computes, but does not decode so.
    let threads = max(
      options.loaderThreads,
      dataset.takesComputing ? min(trainer.idleCores, mostDecodingThreads) : 0)
    // A batch is in use while the next ones are prepared.
    return try Loader(
      dataset: dataset, sampler: sampler, batchSize: options.batchSize,
      normalization: trainer.normalization,
      capacity: .init(threads: threads, slots: min(2 * threads, threads + 2) + 1),
      rows: { layout.ranks.rows(imagesInBatch: $0, layout.division) })
  }

  /// Each thread prepares a batch of its own, and there is memory for all of them.
  private static let mostDecodingThreads = 16
}
