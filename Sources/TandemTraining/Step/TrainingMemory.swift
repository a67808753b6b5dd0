import TandemNetwork
import TandemTensor

/// The arenas of one rank that its workers share.
///
/// Safe to share because of who may touch what, and when; a step is one turn of `EpochLoop`:
/// - `parameters`, `optimizerState`: read by all workers during forward and backward. A range of a
///   bucket is written by the worker that owns it, once all workers have reported the bucket. Between
///   steps, once all have taken part in the exchange, worker 0 may read them until it takes part in
///   the next one.
/// - `gradients(ofShard:)`, `losses`: those of a shard are written by the worker that has the shard,
///   before it reports its buckets, then read by all until the exchange is over.
///   Then the sum of all shards may be put in place of the first one's: each range by its owner.
/// - where ranks share memory, "all workers" are those of all ranks, and owners are ranks.
/// - outside of a team's region: the thread that runs the trainer.
package final class TrainingMemory: @unchecked Sendable {
  let layout: ParameterLayout
  let parameters: MemoryArena
  /// One arena for each of the optimizer's state names.
  let optimizerState: [MemoryArena]
  /// The logical shards of this rank; there is memory for their gradients only.
  let shards: Range<Int>
  private let shardGradients: [MemoryArena]
  /// Those of all ranks' shards, where ranks share memory.
  let sharedGradients: [MemoryArena]?
  private let losses: UnsafeMutablePointer<LossSum>

  /// - Parameter sharedGradients: of all ranks' shards, where ranks share memory; then `parameters` is
  ///   shared too.
  /// - Throws: `MemoryError.outOfMemory`.
  package init(
    layout: ParameterLayout, parameters: MemoryArena, stateNames: [String], shards: Range<Int>,
    sharedGradients: [MemoryArena]? = nil
  ) throws {
    let bytes = layout.elementCount * MemoryLayout<Float>.size
    self.layout = layout
    self.shards = shards
    self.parameters = parameters
    optimizerState = try stateNames.map {
      try MemoryArena(byteCount: bytes, purpose: "optimizer's \($0)")
    }
    self.sharedGradients = sharedGradients
    shardGradients = try shards.map {
      try sharedGradients?[$0]
        ?? MemoryArena(byteCount: bytes, purpose: "gradients of shard \($0)")
    }
    losses = .allocate(capacity: shards.count)
    losses.initialize(repeating: LossSum(), count: shards.count)
  }

  deinit {
    losses.deallocate()
  }

  /// The gradients of one of this rank's shards, added over the mini-batches of a step.
  package func gradients(ofShard shard: Int) -> UnsafeMutablePointer<Float> {
    shardGradients[shard - shards.lowerBound].floats()
  }

  /// Sets the loss of one of this rank's shards in the first mini-batch of a step, and adds to it in
  /// later ones.
  package func add(_ loss: LossSum, ofShard shard: Int, isFirstOfStep: Bool) {
    let slot = losses + (shard - shards.lowerBound)
    slot.pointee = isFirstOfStep ? loss : slot.pointee + loss
  }

  /// The losses of this rank's shards in a step, those without images left out.
  func losses(activeShards: Int) -> UnsafeBufferPointer<LossSum> {
    UnsafeBufferPointer(start: losses, count: shards.clamped(to: 0..<activeShards).count)
  }
}
