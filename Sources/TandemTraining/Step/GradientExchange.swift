import CKernels
import TandemCollectives
import TandemTensor

/// One worker's part of exchanging the gradients of a mini-batch: bucket by bucket it adds up what
/// all shards have for its slice, and updates the parameters of that slice.
///
/// Where the gradient is needed as a whole first (several mini-batches per update, or clipping by
/// the global norm), slices are collected in the total gradient and used after the last one.
///
/// Ownership: belongs to one worker; what it shares with others is in `TrainingMemory`.
struct GradientExchange {
  private let memory: TrainingMemory
  private let progress: BucketProgress
  private let optimizer: AnyOptimizer
  private let clipNorm: Float?
  private var shardSum: ShardSum
  private let scratch: MemoryArena
  /// Addresses of the optimizer's state for one block, kept so that no block allocates.
  private var state: [UnsafeMutablePointer<Float>]

  /// - Throws: `MemoryError.outOfMemory`.
  init(
    memory: TrainingMemory, progress: BucketProgress, optimizer: AnyOptimizer, clipNorm: Float?
  ) throws {
    self.memory = memory
    self.progress = progress
    self.optimizer = optimizer
    self.clipNorm = clipNorm
    shardSum = ShardSum(shards: memory.shardGradients.map { UnsafePointer($0.floats()) })
    scratch = try MemoryArena(
      byteCount: ExchangeBlocks.elements * MemoryLayout<Float>.size, purpose: "sums of gradients")
    state = memory.optimizerState.map { $0.floats() }
  }

  /// Exchanges the gradients of a mini-batch and, if it is the last one of its step, updates this
  /// worker's slices.
  ///
  /// - Parameter lossesAreKnown: called once all workers have computed their losses and before
  ///   anything is changed.
  /// - Throws: what `lossesAreKnown` throws, `TeamError.abandoned`, or
  ///   `TrainingError.nonFiniteGradient`.
  mutating func run(
    _ batch: BatchContext, worker: Worker, lossesAreKnown: () throws -> Void
  ) throws {
    for (index, bucket) in progress.buckets.enumerated() {
      try progress.waitForAll(worker, exchange: batch.exchange, bucket: index)
      if index == 0 { try lossesAreKnown() }
      let slice = Buckets.slice(of: bucket, owner: worker.index, owners: worker.count)
      ExchangeBlocks.forEach(of: slice) { exchange($0, batch) }
    }
    if batch.isLastOfStep, let clipNorm {
      try clipAndUpdate(batch, worker, clipNorm: clipNorm)
    }
  }

  /// Sums one block over the shards, and over the step's mini-batches so far.
  private mutating func exchange(_ block: Range<Int>, _ batch: BatchContext) {
    let updatesAtOnce = batch.isLastOfStep && clipNorm == nil
    if updatesAtOnce, batch.isFirstOfStep,
      let gradient = shardSum.single(shards: batch.activeShards, range: block)
    {
      update(block, gradient: gradient, batch)
      return
    }
    let sum = scratch.floats()
    shardSum.sum(shards: batch.activeShards, range: block, into: sum)
    if !batch.isFirstOfStep, let total = memory.totalGradient {
      tandem_add(sum, total.floats(at: block.lowerBound), block.count)
    }
    if updatesAtOnce {
      update(block, gradient: sum, batch)
    } else if let total = memory.totalGradient {
      total.floats(at: block.lowerBound).update(from: sum, count: block.count)
    }
  }

  private mutating func update(
    _ block: Range<Int>, gradient: UnsafePointer<Float>, _ batch: BatchContext
  ) {
    for index in state.indices {
      state[index] = memory.optimizerState[index].floats(at: block.lowerBound)
    }
    optimizer.update(
      parameters: memory.parameters.floats(at: block.lowerBound), gradients: gradient,
      state: state, count: block.count, learningRate: batch.learningRate, step: batch.step)
  }

  /// Shortens the total gradient to the global norm `clipNorm` and updates the parameters, as
  /// `torch.nn.utils.clip_grad_norm_` does (Pascanu et al. 2013, https://arxiv.org/abs/1211.5063).
  ///
  /// The norm is added up from fixed blocks of the arena in their order, so it is the same for any
  /// number of workers.
  private mutating func clipAndUpdate(
    _ batch: BatchContext, _ worker: Worker, clipNorm: Float
  ) throws {
    guard let total = memory.totalGradient else {
      preconditionFailure("clipping needs the gradient as a whole")
    }
    // Slices of buckets are cut differently: all of them must be there first.
    try worker.barrier()
    let elements = memory.layout.elementCount
    let mine = Buckets.slice(
      of: 0..<elements, owner: worker.index, owners: worker.count,
      alignment: ExchangeBlocks.elements)
    ExchangeBlocks.forEach(of: mine) { block in
      memory.normPartials[block.lowerBound / ExchangeBlocks.elements] =
        tandem_sum_of_squares(total.floats(at: block.lowerBound), block.count)
    }
    try worker.barrier()
    var squares = 0.0
    for index in 0..<ExchangeBlocks.count(elements: elements) {
      squares += memory.normPartials[index]
    }
    guard squares.isFinite else { throw nonFiniteGradient(total, batch) }
    let factor = Float(min(1, Double(clipNorm) / (squares.squareRoot() + 1e-6)))
    ExchangeBlocks.forEach(of: mine) { block in
      let scaled = scratch.floats()
      tandem_scale(scaled, total.floats(at: block.lowerBound), factor, block.count)
      update(block, gradient: scaled, batch)
    }
  }

  private func nonFiniteGradient(_ total: MemoryArena, _ batch: BatchContext) -> TrainingError {
    let parameter = memory.layout.entries.first {
      tandem_all_finite(total.floats(at: $0.offset), $0.elementCount) == 0
    }
    return .nonFiniteGradient(
      step: batch.step, epoch: batch.epoch + 1, parameter: parameter?.name ?? "all together")
  }
}
