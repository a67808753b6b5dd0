import Dispatch
import TandemCollectives
import TandemExecution

/// Chosen where there is one rank: each worker owns a slice of every bucket, which it sums and
/// updates as soon as all workers have reported the bucket. `GradientExchange` has the whole story.
///
/// Where the gradient is needed as a whole first (see `GradientNorms`), the sums stay in the first
/// shard's gradients and are used after the last bucket.
///
/// Ownership: belongs to one worker; what it shares with others is in `TrainingMemory`.
package struct ThreadExchange: GradientExchange {
  private let memory: TrainingMemory
  private let progress: BucketProgress
  private let norms: GradientNorms?
  private let agreement: Agreement
  private var shardSum: ShardSum
  private var sliceUpdate: SliceUpdate

  /// What worker 0 tells the others.
  ///
  /// Safe to share: written by worker 0 when all have reported the last bucket, before the barrier
  /// that ends the step; read by the others after it.
  package final class Agreement: @unchecked Sendable {
    package init() {}

    var signals: StepSignals = []
  }

  /// - Parameters:
  ///   - sources: whose gradients each element has; empty where all shards have gradients of all.
  ///   - agreement: the same for all workers.
  ///   - update: the worker's own.
  package init(
    memory: TrainingMemory, progress: BucketProgress, norms: GradientNorms?,
    sources: [GradientSource] = [], agreement: Agreement, update: SliceUpdate
  ) {
    self.memory = memory
    self.progress = progress
    self.norms = norms
    self.agreement = agreement
    sliceUpdate = update
    shardSum = ShardSum(
      shards: memory.shards.map { UnsafePointer(memory.gradients(ofShard: $0)) }, sources: sources,
      wire: update.wire)
  }

  package mutating func run(
    _ step: StepContext, worker: Worker, stopRequest: StopRequest
  ) throws -> StepOutcome {
    let start = DispatchTime.now()
    if let norms {
      try updateAfterAll(step, worker, norms)
    } else {
      try updateEachBucket(step, worker)
    }
    // All losses are known by now, and none is overwritten before the barrier.
    let losses = memory.losses(activeShards: step.activeShards).reduce(LossSum(), +)
    if worker.index == 0 { agreement.signals = stopRequest.stepSignals }
    try worker.barrier()
    let seconds = start.secondsToNow
    return StepOutcome(
      losses: losses, signals: agreement.signals,
      figures: ExchangeFigures(secondsExchanging: seconds, secondsExposed: seconds))
  }

  private mutating func updateEachBucket(_ step: StepContext, _ worker: Worker) throws {
    for (index, bucket) in progress.buckets.enumerated() {
      try progress.waitForAll(worker, exchange: step.exchange, bucket: index)
      let factored = memory.factored
      if let weights = factored.index(ofBucket: bucket) {
        let slice = factored.slices(ofBucket: bucket, weights, owners: worker.count)[worker.index]
        for block in factored.blocks(weights, in: slice) {
          sliceUpdate.updateFactored(weights, block, step)
        }
        continue
      }
      let slice = Buckets.slice(of: bucket, owner: worker.index, owners: worker.count)
      Blocks.forEach(of: slice) { block in
        sliceUpdate.update(block, &shardSum, step)
      }
    }
  }

  private mutating func updateAfterAll(
    _ step: StepContext, _ worker: Worker, _ norms: GradientNorms
  ) throws {
    // Nobody else reads or writes this part of any shard's gradients before the step is over.
    let total = memory.gradients(ofShard: 0)
    func ownBlocks(_ bucket: Range<Int>) -> Range<Int> {
      norms.blocks.blocks(ofBucket: bucket, owner: worker.index, owners: worker.count)
    }
    for (index, bucket) in progress.buckets.enumerated() {
      try progress.waitForAll(worker, exchange: step.exchange, bucket: index)
      for block in ownBlocks(bucket) {
        let range = norms.blocks[block]
        shardSum.sum(shards: step.activeShards, range: range, into: total + range.lowerBound)
        norms.measure(block, gradient: total + range.lowerBound, memory, step: step.step)
      }
    }
    try worker.barrier()
    let rule = try norms.updateRule(step)
    for bucket in progress.buckets {
      for block in ownBlocks(bucket) {
        let range = norms.blocks[block]
        sliceUpdate.update(
          range, index: block, gradient: total + range.lowerBound, rule: rule, step: step.step)
      }
    }
  }
}
