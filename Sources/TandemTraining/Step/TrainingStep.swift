import Dispatch
import TandemCollectives
import TandemData
import TandemExecution
import TandemNetwork
import TandemTensor

/// One worker's part of a training step: forward → loss → backward → exchange → update.
///
/// Ownership: belongs to one worker and stays on its thread; what it shares with the others is in
/// `TrainingMemory`, which says who may touch what.
final class TrainingStep {
  private let memory: TrainingMemory
  private let division: ShardDivision
  private let loss: SoftmaxCrossEntropy
  private let seed: UInt64
  private let progress: BucketProgress
  private let replicas: ReplicaSet
  private var exchange: GradientExchange
  /// Seconds between the end of this worker's backward passes and the end of its steps, waiting for
  /// the others included.
  private(set) var secondsExchanging = 0.0

  init(
    memory: TrainingMemory, division: ShardDivision, loss: SoftmaxCrossEntropy, seed: UInt64,
    progress: BucketProgress, replicas: ReplicaSet, exchange: GradientExchange
  ) {
    self.memory = memory
    self.division = division
    self.loss = loss
    self.seed = seed
    self.progress = progress
    self.replicas = replicas
    self.exchange = exchange
  }

  /// Trains on this worker's shards of a mini-batch. All workers call it with the same mini-batch.
  ///
  /// - Parameter tally: called with the mini-batch's loss, added in the order of the shards, before
  ///   the barrier that ends the step.
  /// - Throws: `TrainingError.nonFiniteLoss` before anything is updated.
  func run(
    _ context: BatchContext, worker: Worker, tally: (LossSum) -> Void
  ) throws {
    let batch = context.batch
    let owned = division.owned(by: worker.index, of: worker.count)
    let lastWithImages = min(owned.upperBound, context.activeShards) - 1

    for shard in owned where shard <= lastWithImages {
      let range = division.range(ofShard: shard, images: batch.count)
      let replica = replicas.replica(images: range.count)
      let dropout = dropoutContext(context, range)
      try replica.forward(images: images(of: batch, range), dropout: dropout)

      memory.losses[shard] = loss.evaluate(
        logits: replica.logits, labels: labels(of: batch, range), images: range.count,
        classes: replicas.classes, gradient: replica.logitsGradient, scale: context.gradientScale)

      try replica.backward(into: memory.shardGradients[shard].floats()) { finished in
        guard shard == lastWithImages else { return }
        progress.report(worker, exchange: context.exchange, elements: finished)
      }
    }
    progress.report(worker, exchange: context.exchange, elements: memory.layout.elementCount)

    let start = DispatchTime.now()
    try exchange.run(context, worker: worker) { try checkLosses(context, worker) }
    // The losses of all shards are known by now, and none is overwritten before the barrier.
    tally(memory.batchLoss(activeShards: context.activeShards))
    try worker.barrier()
    if context.isLastOfStep { replicas.parametersChanged() }
    secondsExchanging += start.secondsToNow
  }

  private func images(of batch: Batch, _ range: Range<Int>) -> UnsafePointer<Float> {
    batch.images + (range.lowerBound - batch.rows.lowerBound) * replicas.imageElements
  }

  private func labels(of batch: Batch, _ range: Range<Int>) -> UnsafePointer<Int32> {
    batch.labels + (range.lowerBound - batch.rows.lowerBound)
  }

  private func dropoutContext(_ context: BatchContext, _ range: Range<Int>) -> DropoutContext {
    DropoutContext(
      seed: seed, epoch: UInt32(context.epoch),
      firstPosition: UInt32(context.batch.firstPosition + range.lowerBound))
  }

  /// Stops the run if a loss is not finite. All workers see the same losses; the one whose shard is
  /// the first bad one looks for the layer.
  private func checkLosses(_ context: BatchContext, _ worker: Worker) throws {
    let bad = (0..<context.activeShards).first { !memory.losses[$0].loss.isFinite }
    guard let bad else { return }
    guard division.owned(by: worker.index, of: worker.count).contains(bad) else {
      throw TeamError.abandoned
    }
    let range = division.range(ofShard: bad, images: context.batch.count)
    let layer = try replicas.replica(images: range.count).findNonFinite(
      images: images(of: context.batch, range), dropout: dropoutContext(context, range))
    throw TrainingError.nonFiniteLoss(
      step: context.step, epoch: context.epoch + 1, layer: layer ?? "the loss itself")
  }
}
