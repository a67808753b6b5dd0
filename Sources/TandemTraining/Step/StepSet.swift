import TandemCollectives
import TandemTensor

/// What the workers of a rank need to make steps, each on its own thread.
struct StepSet: Sendable {
  let workers: PerWorker<TrainingStep>
  /// The exchange with the other ranks; nil for a job of one rank.
  let rankExchange: RankExchange?

  /// To be called outside of the team's regions.
  /// - Throws: `MemoryError.outOfMemory`, `ExecutionError`, `LossError`.
  init(
    team: Team, plans: PlanSet, memory: TrainingMemory, layout: RankLayout,
    division: ShardDivision, options: TrainingOptions
  ) throws {
    let loss = try SoftmaxCrossEntropy(labelSmoothing: options.labelSmoothing)
    let progress = BucketProgress(
      buckets: Buckets.form(
        parameterElementCounts: memory.layout.paddedElementCounts,
        bucketBytes: options.bucketBytes, firstBucketBytes: options.firstBucketBytes),
      workers: team.workers)
    let norms = GradientNorms(
      memory.layout, optimizer: options.optimizer, clipNorm: options.clipNorm)
    let addsBatches = options.accumulatedBatches > 1
    workers = PerWorker(workers: team.workers)
    let rankExchange =
      layout.ranks == 1
      ? nil
      : try RankExchange(
        memory: memory, layout: layout, division: division, progress: progress,
        optimizer: options.optimizer, norms: norms, overlaps: options.overlapsExchange)
    self.rankExchange = rankExchange
    try team.run { [workers] worker in
      let bytes = memory.layout.elementCount * MemoryLayout<Float>.size
      workers[worker] = TrainingStep(
        memory: memory, division: division,
        shards: layout.shards(ofWorker: worker.index, division), loss: loss, seed: options.seed,
        progress: progress, replicas: try ReplicaSet(plans, parameters: memory.parameters),
        addend: addsBatches
          ? try MemoryArena(byteCount: bytes, purpose: "gradients of a mini-batch") : nil,
        localExchange: rankExchange == nil
          ? try LocalExchange(
            memory: memory, progress: progress, optimizer: options.optimizer, norms: norms) : nil,
        rankExchange: rankExchange)
    }
  }
}
