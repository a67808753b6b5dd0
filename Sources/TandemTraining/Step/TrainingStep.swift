import CKernels
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
  let memory: TrainingMemory
  let division: ShardDivision
  /// The logical shards of this worker.
  private let shards: Range<Int>
  private let loss: Loss
  private let classWeights: [Float]?
  private let seed: UInt64
  private let toleratesNonFinite: Bool
  let progress: BucketProgress
  let replicas: WorkerReplicas
  let activity: StepActivity
  private var gradientExchange: any GradientExchange
  /// nil where no layer asks for statistics of all shards.
  private let statistics: ShardStatistics?
  /// nil where the worker computes whole networks.
  let device: DeviceMeeting?

  init(
    _ rank: RankStep, worker: Int, replicas: WorkerReplicas, activity: StepActivity,
    exchange: any GradientExchange, device: DeviceMeeting?
  ) {
    memory = rank.memory
    division = rank.layout.division
    shards = rank.layout.shards(ofWorker: worker)
    loss = rank.loss
    classWeights = rank.classWeights
    seed = rank.seed
    toleratesNonFinite = rank.toleratesNonFinite
    progress = rank.progress
    statistics = rank.statistics
    self.replicas = replicas
    self.activity = activity
    self.device = device
    gradientExchange = exchange
  }

  /// Computes the gradients of this worker's shards of a mini-batch and adds them to those of the
  /// step's mini-batches before.
  ///
  /// - Throws: `TrainingError.nonFiniteLoss` before any gradient of the step is reported, so that
  ///   nothing is updated anywhere.
  func compute(_ context: BatchContext, worker: Worker) throws {
    try replicas.prepareCopies(
      division.planKeys(images: context.batch.count, ofShards: memory.shards), worker: worker)
    let active = shards.clamped(to: 0..<context.activeShards)
    for shard in active {
      let parts = division.microBatches(
        ofShard: division.range(ofShard: shard, images: context.batch.count))
      for part in parts {
        let isFirst = context.isFirstOfStep && part == parts.first
        let isLast = context.isLastOfStep && shard == active.last && part == parts.last
        if division.pieces > 1 {
          try computeInPieces(
            part, of: shard, context, worker: worker, isFirst: isFirst, isLast: isLast)
        } else {
          try compute(part, of: shard, context, worker: worker, isFirst: isFirst, isLast: isLast)
        }
      }
    }
    guard context.isLastOfStep else { return }
    activity.noteExchanging()
    progress.report(
      worker, exchange: context.step.exchange, elements: memory.layout.elementCount)
  }

  /// Computes the gradients of a part of a shard's images.
  ///
  /// - Parameters:
  ///   - isFirst: whether it is the shard's first part in the step.
  ///   - isLast: whether it is this worker's last part in the step.
  private func compute(
    _ range: Range<Int>, of shard: Int, _ context: BatchContext, worker: Worker, isFirst: Bool,
    isLast: Bool
  ) throws {
    let replica = replicas.replica(
      division.mesh == nil
        ? PlanKey(images: range.count)
        : division.planKey(ofShard: shard, images: context.batch.count))
    // All images that the device works on, with others or alone; those that it begins with; those
    // whose outputs it has.
    let part =
      division.mesh == nil ? range : division.part(ofShard: shard, images: context.batch.count)
    let input = replica.plan.inputImages == part.count ? part : range
    let output = replica.plan.images == part.count ? part : range
    let images = images(of: context.batch, input)
    let dropout = dropoutContext(context, part)
    replica.sumOverShards = statisticsSum(context, shard: shard, worker: worker)
    replica.meet = device.map { device in { try device.meet($0, worker) } }
    try replica.forward(images: images, dropout: dropout)

    var sum = evaluate(replica, labels(of: context.batch, output), context)
    if endsRun(sum) {
      throw nonFiniteLoss(
        context, at: try replica.findNonFinite(images: images, dropout: dropout))
    }
    // Of several devices that have the same outputs, one counts.
    if output != range, let mesh = division.mesh, shard % mesh.model > 0 { sum = LossSum() }
    memory.add(sum, ofShard: shard, isFirst: isFirst)

    if isFirst { device?.clear(memory.gradients(ofShard: shard)) }
    let factors = memory.factored.rows(from: context.imagesBefore + range.lowerBound)
    try backward(replica, context, shard: shard, factors, adds: !isFirst) { finished in
      if isLast { progress.report(worker, exchange: context.step.exchange, elements: finished) }
    }
    // Nobody puts anything down again before the others have taken it.
    try device?.meetLocally(worker)
  }

  /// Measures how long this worker computes, and lets it wait as long from now on.
  func emulateComputing() throws {
    try replicas.emulateComputing(
      gradients: memory.gradients(ofShard: shards.lowerBound),
      factored: memory.factored.weights)
  }

  /// Exchanges the gradients of a step, after its last mini-batch, and updates the parameters. All
  /// workers call it with the same step.
  func exchange(
    _ step: StepContext, worker: Worker, stopRequest: StopRequest
  ) throws -> StepOutcome {
    let outcome = try gradientExchange.run(step, worker: worker, stopRequest: stopRequest)
    replicas.parametersChanged()
    return outcome
  }

  /// Whether a loss is one that nothing can be learned from.
  func endsRun(_ sum: LossSum) -> Bool { !sum.loss.isFinite && !toleratesNonFinite }

  /// - Parameter layer: where values are not finite; nil if only the loss is not.
  func nonFiniteLoss(_ context: BatchContext, at layer: String?) -> TrainingError {
    .nonFiniteLoss(
      step: context.step.step, epoch: context.step.epoch + 1, layer: layer ?? "the loss itself")
  }

  /// The loss of all outputs of a replica, whose gradients are written; hits count by the network's
  /// own.
  func evaluate(
    _ replica: Replica, _ labels: BatchLabels, _ context: BatchContext
  ) -> LossSum {
    let images = replica.plan.images
    var sum = loss.evaluate(
      logits: replica.logits, labels: labels, images: images, outputs: replicas.outputs,
      gradient: replica.logitsGradient, scale: context.step.gradientScale, weights: classWeights)
    for output in replica.auxiliaryOutputs {
      let auxiliary = loss.evaluate(
        logits: output.logits, labels: labels, images: images, outputs: replicas.outputs,
        gradient: output.gradient, scale: context.step.gradientScale * output.weight,
        weights: classWeights)
      sum.loss += Double(output.weight) * auxiliary.loss
    }
    return sum
  }

  /// How layers add up statistics over shards, if the network has such layers.
  private func statisticsSum(
    _ context: BatchContext, shard: Int, worker: Worker
  ) -> StatisticsSum? {
    guard let statistics else { return nil }
    return { values in
      try statistics.sum(
        values, shard: shard, activeShards: context.activeShards, worker: worker)
    }
  }

  /// - Parameters:
  ///   - adds: whether to add to the shard's gradients, instead of setting them.
  ///   - finished: called with e when the shard's gradients `[0, e)` of the step so far are final,
  ///     and the parameters `[0, e)` will not be read again for these images.
  func backward(
    _ replica: Replica, _ context: BatchContext, shard: Int, _ factors: [FactorRows], adds: Bool,
    finished: (Int) -> Void
  ) throws {
    try replica.backward(
      into: memory.gradients(ofShard: shard), adding: adds, factors: factors,
      shareOfImage: context.step.gradientScale, finished: finished)
  }

  func images(of batch: Batch, _ range: Range<Int>) -> UnsafePointer<Float> {
    batch.images + (range.lowerBound - batch.rows.lowerBound) * replicas.imageElements
  }

  func labels(of batch: Batch, _ range: Range<Int>) -> BatchLabels {
    BatchLabels(batch, from: range.lowerBound)
  }

  func dropoutContext(_ context: BatchContext, _ range: Range<Int>) -> DropoutContext {
    DropoutContext(
      seed: seed, epoch: UInt32(context.step.epoch),
      firstPosition: UInt32(context.batch.firstPosition + range.lowerBound))
  }

  /// The context of images that do not follow each other.
  func dropoutContext(_ context: BatchContext, _ images: [Int]) -> DropoutContext {
    DropoutContext(
      seed: seed, epoch: UInt32(context.step.epoch),
      positions: images.map { UInt32(context.batch.firstPosition + $0) })
  }
}
