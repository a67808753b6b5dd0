import CKernels
import TandemCollectives
import TandemTensor

/// One worker's part of exchanging the gradients of a step: bucket by bucket it adds up what all
/// shards have for its slice, and updates the parameters of that slice.
///
/// Where the gradient is needed as a whole first, to clip it by its global norm, slices are collected
/// in the total gradient and used after the last bucket.
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
    shardSum = ShardSum(shards: memory.shards.map { UnsafePointer(memory.gradients(ofShard: $0)) })
    scratch = try MemoryArena(
      byteCount: ExchangeBlocks.elements * MemoryLayout<Float>.size, purpose: "sums of gradients")
    state = memory.optimizerState.map { $0.floats() }
  }

  /// Exchanges the gradients of a step and updates this worker's slices.
  ///
  /// - Throws: `TeamError.abandoned`, or `TrainingError.nonFiniteGradient`.
  mutating func run(_ step: StepContext, worker: Worker) throws {
    for (index, bucket) in progress.buckets.enumerated() {
      try progress.waitForAll(worker, exchange: step.exchange, bucket: index)
      let slice = Buckets.slice(of: bucket, owner: worker.index, owners: worker.count)
      ExchangeBlocks.forEach(of: slice) { exchange($0, step) }
    }
    if let clipNorm { try clipAndUpdate(step, worker, clipNorm: clipNorm) }
  }

  /// Sums one block over the shards.
  private mutating func exchange(_ block: Range<Int>, _ step: StepContext) {
    if let total = memory.totalGradient {
      shardSum.sum(
        shards: step.activeShards, range: block, into: total.floats(at: block.lowerBound))
    } else if let gradient = shardSum.single(shards: step.activeShards, range: block) {
      update(block, gradient: gradient, step)
    } else {
      let sum = scratch.floats()
      shardSum.sum(shards: step.activeShards, range: block, into: sum)
      update(block, gradient: sum, step)
    }
  }

  private mutating func update(
    _ block: Range<Int>, gradient: UnsafePointer<Float>, _ step: StepContext
  ) {
    for index in state.indices {
      state[index] = memory.optimizerState[index].floats(at: block.lowerBound)
    }
    optimizer.update(
      parameters: memory.parameters.floats(at: block.lowerBound), gradients: gradient,
      state: state, count: block.count, learningRate: step.learningRate, step: step.step)
  }

  /// Shortens the total gradient to the global norm `clipNorm` and updates the parameters, as
  /// `torch.nn.utils.clip_grad_norm_` does (Pascanu et al. 2013, https://arxiv.org/abs/1211.5063).
  ///
  /// The norm is added up from fixed blocks of the arena in their order, so it is the same for any
  /// number of workers.
  private mutating func clipAndUpdate(
    _ step: StepContext, _ worker: Worker, clipNorm: Float
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
    guard squares.isFinite else { throw nonFiniteGradient(total, step) }
    let factor = Float(min(1, Double(clipNorm) / (squares.squareRoot() + 1e-6)))
    ExchangeBlocks.forEach(of: mine) { block in
      let scaled = scratch.floats()
      tandem_scale(scaled, total.floats(at: block.lowerBound), factor, block.count)
      update(block, gradient: scaled, step)
    }
  }

  private func nonFiniteGradient(_ total: MemoryArena, _ step: StepContext) -> TrainingError {
    let parameter = memory.layout.entries.first {
      tandem_all_finite(total.floats(at: $0.offset), $0.elementCount) == 0
    }
    return .nonFiniteGradient(
      step: step.step, epoch: step.epoch + 1, parameter: parameter?.name ?? "all together")
  }
}
