import TandemNetwork
import TandemTensor

/// The arenas of one rank that its workers share.
///
/// Safe to share because of who may touch what, and when; a step is one pass of `TrainingStep.run`:
/// - `parameters`, `optimizerState`: read by all workers during forward and backward. A range of a
///   bucket is written by the worker that owns it, once all workers have reported the bucket. Between
///   steps, after the final barrier, worker 0 may read them until it takes part in the next exchange.
/// - `shardGradients[s]`, `losses[s]`: written by the worker that owns shard s before it reports its
///   buckets, then read by all until the step's final barrier.
/// - `totalGradient`, `normPartials`: each range is written by its owner; read by others after a
///   barrier.
/// - outside of a team's region: the thread that runs the trainer.
final class TrainingMemory: @unchecked Sendable {
  let layout: ParameterLayout
  let parameters: MemoryArena
  /// One arena for each of the optimizer's state names.
  let optimizerState: [MemoryArena]
  /// One gradient arena for each logical shard.
  let shardGradients: [MemoryArena]
  /// The gradient of a whole step where it cannot be used bucket by bucket; nil otherwise.
  let totalGradient: MemoryArena?
  let losses: UnsafeMutablePointer<LossSum>
  /// The sum of squares of each block of `ExchangeBlocks.elements` of the total gradient.
  let normPartials: UnsafeMutablePointer<Double>
  private let shards: Int

  /// - Throws: `MemoryError.outOfMemory`.
  init(
    layout: ParameterLayout, parameters: MemoryArena, stateNames: [String], shards: Int,
    keepsTotalGradient: Bool
  ) throws {
    let bytes = layout.elementCount * MemoryLayout<Float>.size
    self.layout = layout
    self.shards = shards
    self.parameters = parameters
    optimizerState = try stateNames.map {
      try MemoryArena(byteCount: bytes, purpose: "optimizer's \($0)")
    }
    shardGradients = try (0..<shards).map {
      try MemoryArena(byteCount: bytes, purpose: "gradients of shard \($0)")
    }
    totalGradient =
      keepsTotalGradient
      ? try MemoryArena(byteCount: bytes, purpose: "gradients of a whole step") : nil
    losses = .allocate(capacity: shards)
    losses.initialize(repeating: LossSum(), count: shards)
    let blocks = ExchangeBlocks.count(elements: layout.elementCount)
    normPartials = .allocate(capacity: max(1, blocks))
    normPartials.initialize(repeating: 0, count: max(1, blocks))
  }

  deinit {
    losses.deallocate()
    normPartials.deallocate()
  }

  /// The loss of a mini-batch, added in the order of its shards.
  func batchLoss(activeShards: Int) -> LossSum {
    (0..<activeShards).reduce(LossSum()) { $0 + losses[$1] }
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
