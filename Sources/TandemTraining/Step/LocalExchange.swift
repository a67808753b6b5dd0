import TandemCollectives

/// One worker's part of exchanging the gradients of a step where one rank has all shards: bucket by
/// bucket it adds up what all shards have for its slice, and updates the parameters of that slice.
///
/// Where the gradient is needed as a whole first (see `GradientNorms`), the sums stay in the first
/// shard's gradients and are used after the last bucket.
///
/// Ownership: belongs to one worker; what it shares with others is in `TrainingMemory`.
struct LocalExchange {
  private let memory: TrainingMemory
  private let progress: BucketProgress
  private let norms: GradientNorms?
  private var shardSum: ShardSum
  private var sliceUpdate: SliceUpdate

  /// - Throws: `MemoryError.outOfMemory`.
  init(
    memory: TrainingMemory, progress: BucketProgress, optimizer: AnyOptimizer,
    norms: GradientNorms?
  ) throws {
    self.memory = memory
    self.progress = progress
    self.norms = norms
    shardSum = ShardSum(shards: memory.shards.map { UnsafePointer(memory.gradients(ofShard: $0)) })
    sliceUpdate = try SliceUpdate(memory, optimizer)
  }

  /// Exchanges the gradients of a step and updates this worker's slices.
  ///
  /// - Throws: `TeamError.abandoned`, and what `GradientNorms.updateRule` throws.
  mutating func run(_ step: StepContext, worker: Worker) throws {
    if let norms {
      try runWhole(step, worker, norms)
      return
    }
    for (index, bucket) in progress.buckets.enumerated() {
      try progress.waitForAll(worker, exchange: step.exchange, bucket: index)
      let slice = Buckets.slice(of: bucket, owner: worker.index, owners: worker.count)
      ExchangeBlocks.forEach(of: slice) { block in
        var gradient = shardSum.single(shards: step.activeShards, range: block)
        if gradient == nil {
          shardSum.sum(shards: step.activeShards, range: block, into: sliceUpdate.scratch)
          gradient = UnsafePointer(sliceUpdate.scratch)
        }
        guard let gradient else { return }
        sliceUpdate.update(
          block, gradient: gradient, learningRate: step.learningRate, step: step.step)
      }
    }
  }

  private mutating func runWhole(
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
        norms.measure(
          block, gradient: total + range.lowerBound, parameters: memory.parameters.floats())
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

/// The pieces in which gradients are summed and used at once, while they are in the cache.
enum ExchangeBlocks {
  static let elements = 4096

  /// The blocks of a range, the last one shorter.
  static func forEach(of range: Range<Int>, _ body: (Range<Int>) throws -> Void) rethrows {
    var start = range.lowerBound
    while start < range.upperBound {
      let end = min(start + elements, range.upperBound)
      try body(start..<end)
      start = end
    }
  }
}
