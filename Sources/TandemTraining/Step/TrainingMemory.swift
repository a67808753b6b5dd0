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
/// - `totalGradient`, `normPartials`: each range is written by its owner; read by others after a
///   barrier.
/// - outside of a team's region: the thread that runs the trainer.
final class TrainingMemory: @unchecked Sendable {
  let layout: ParameterLayout
  let parameters: MemoryArena
  /// One arena for each of the optimizer's state names.
  let optimizerState: [MemoryArena]
  /// The logical shards of this rank; there is memory for their gradients only.
  let shards: Range<Int>
  /// The gradient of a whole step where it cannot be used bucket by bucket; nil otherwise.
  let totalGradient: MemoryArena?
  /// The sum of squares of each block of `ExchangeBlocks.elements` of the total gradient.
  let normPartials: UnsafeMutablePointer<Double>
  private let shardGradients: [MemoryArena]
  private let losses: UnsafeMutablePointer<LossSum>

  /// - Throws: `MemoryError.outOfMemory`.
  init(
    layout: ParameterLayout, parameters: MemoryArena, stateNames: [String], shards: Range<Int>,
    keepsTotalGradient: Bool
  ) throws {
    let bytes = layout.elementCount * MemoryLayout<Float>.size
    self.layout = layout
    self.shards = shards
    self.parameters = parameters
    optimizerState = try stateNames.map {
      try MemoryArena(byteCount: bytes, purpose: "optimizer's \($0)")
    }
    shardGradients = try shards.map {
      try MemoryArena(byteCount: bytes, purpose: "gradients of shard \($0)")
    }
    totalGradient =
      keepsTotalGradient
      ? try MemoryArena(byteCount: bytes, purpose: "gradients of a whole step") : nil
    losses = .allocate(capacity: shards.count)
    losses.initialize(repeating: LossSum(), count: shards.count)
    let blocks = ExchangeBlocks.count(elements: layout.elementCount)
    normPartials = .allocate(capacity: max(1, blocks))
    normPartials.initialize(repeating: 0, count: max(1, blocks))
  }

  deinit {
    losses.deallocate()
    normPartials.deallocate()
  }

  /// The gradients of one of this rank's shards, added over the mini-batches of a step.
  func gradients(ofShard shard: Int) -> UnsafeMutablePointer<Float> {
    shardGradients[shard - shards.lowerBound].floats()
  }

  /// Sets the loss of one of this rank's shards in the first mini-batch of a step, and adds to it in
  /// later ones.
  func add(_ loss: LossSum, ofShard shard: Int, isFirstOfStep: Bool) {
    let slot = losses + (shard - shards.lowerBound)
    slot.pointee = isFirstOfStep ? loss : slot.pointee + loss
  }

  /// The losses of this rank's shards in a step, those without images left out.
  func losses(activeShards: Int) -> UnsafeBufferPointer<LossSum> {
    UnsafeBufferPointer(start: losses, count: shards.clamped(to: 0..<activeShards).count)
  }
}

/// The pieces in which gradients are summed and used at once, while they are in the cache.
enum ExchangeBlocks {
  static let elements = 4096

  static func count(elements count: Int) -> Int { (count + elements - 1) / elements }

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
