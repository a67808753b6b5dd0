import TandemCollectives
import TandemData
import TandemExecution

// What a run needs before its first step.

extension TrainingRun {
  /// Gives all ranks the optimizer's state of the first rank's checkpoint.
  static func loadState(_ trainer: Trainer, into memory: TrainingMemory) throws {
    try trainer.job.onFirstRank("reading the optimizer's state") {
      try trainer.checkpoint?.loadState(
        into: memory, stateNames: trainer.options.optimizer.stateNames)
    }
    // Not needed any more, and as large as the network and its state.
    trainer.checkpoint = nil
    for arena in memory.optimizerState {
      try trainer.job.broadcast("sending the optimizer's state", arena)
    }
  }

  /// Images that are read from files, or for which a core is idle, come from threads of a loader.
  static func batchSource(
    _ trainer: Trainer, _ layout: RankLayout
  ) throws -> any BatchSource {
    let (options, shards) = (trainer.options, trainer.division)
    let dataset = trainer.data.train
    let sampler = Sampler(count: dataset.count, seed: options.seed, shuffle: options.shuffle)
    // Devices of one rank that share images would each prepare all of them.
    let sharesImages = shards.readsParts && trainer.devices.map { $0.membersHere > 1 } ?? false
    if dataset.isInMemory, !trainer.hasIdleCores, !sharesImages {
      return WorkerBatches(
        dataset: dataset, sampler: sampler, batchSize: options.batchSize,
        normalization: trainer.normalization, layout: layout, division: shards)
    }
    // A batch is in use while the next ones are prepared.
    return try Loader(
      dataset: dataset, sampler: sampler, batchSize: options.batchSize,
      normalization: trainer.normalization, threads: options.loaderThreads,
      slots: 2 * options.loaderThreads + 1,
      rows: { layout.rows(imagesInBatch: $0, shards) })
  }

  /// Compiles a plan for each number of images that a shard can have, and for each device of this rank.
  static func compile(
    _ trainer: Trainer, _ division: EpochDivision, _ shards: ShardDivision, _ layout: RankLayout
  ) throws -> Plans {
    let own = layout.shards(ofRank: layout.rank, shards)
    let keys = division.batchImageCounts.reduce(into: Set<PlanKey>()) { keys, images in
      keys.formUnion(shards.planKeys(images: images, ofShards: own))
    }
    let addsGradients =
      division.accumulatedBatches > 1
      || division.batchImageCounts.contains { images in
        shards.microBatches(ofShard: shards.range(ofShard: 0, images: images)).count > 1
      }
    return try trainer.team.onFirstWorker {
      [
        graph = trainer.graph, placed = trainer.placed, factored = trainer.factoredWeights,
        groups = trainer.devices?.groups ?? 0, options = trainer.options
      ] in
      try Plans(
        graph: graph, placed: placed, groups: groups, keys: keys, mode: .training,
        precision: options.precision,
        factored: factored,
        addsGradients: addsGradients)
    }
  }
}
