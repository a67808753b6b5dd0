import TandemCollectives
import TandemNetwork
import TandemTensor

/// The arenas of one rank that its workers share.
///
/// Safe to share because of who may touch what, and when; a step is one turn of `EpochLoop`:
/// - `parameters`, `optimizerState`, `average`, `stepGradients`: read by all workers during forward
///   and backward. A range of a bucket is written by the worker that owns it, once all workers have
///   reported the bucket. Between steps, once all have taken part in the exchange, worker 0 may
///   read them until it takes part in the next one.
/// - `factored`: see there.
/// - `gradients(ofShard:)`, `losses`: those of a shard are written by the worker that has the
///   shard, before it reports its buckets, then read by all until the exchange is over. Then the
///   sum of all shards may be put in place of the first one's: each range by its owner.
/// - where ranks share memory, "all workers" are those of all ranks, and so are owners, whom
///   `RankMeeting` orders; losses are read by all of them. (Owners are ranks, and `BucketWork`
///   orders them, where a step takes more than one exchange.)
/// - outside of a team's region: the thread that runs the trainer.
package final class TrainingMemory: @unchecked Sendable {
  /// Of what steps change: gradients, and the optimizer's state, have no place for anything else.
  let layout: ParameterLayout
  /// Of all parameters.
  let wholeLayout: ParameterLayout
  let parameters: MemoryArena
  /// What learning rates are multiplied with.
  let rates: ParameterRates
  /// One arena for each of the optimizer's state names.
  let optimizerState: [MemoryArena]
  /// The optimizer where it is no longer the one that the run began with, and the same one with the
  /// weight decay of normalizations and biases; changed outside of the team's regions only.
  private(set) var changedOptimizer: (common: AnyOptimizer, norm: AnyOptimizer)?
  /// What follows the parameters from step to step; nil where nobody asks for it.
  private(set) var average: ParameterAverage?
  /// What keeps the gradient of a step; nil where nobody asks for it.
  private(set) var stepGradients: StepGradients?
  /// The logical shards of this rank; there is memory for their gradients only.
  let shards: Range<Int>
  private let shardGradients: [MemoryArena]
  /// Those of all ranks' shards, where ranks share memory.
  let sharedGradients: [MemoryArena]?
  /// Parameters of which none of this rank's shards have gradients: slices of devices on other
  /// ranks.
  private let foreign: [Range<Int>]
  /// Gradients that are not in the arenas.
  let factored: FactoredGradients
  private let losses: UnsafeMutablePointer<LossSum>
  private let ownsLosses: Bool

  /// - Parameters:
  ///   - trained: of all parameters.
  ///   - division: whose the shards are. There is no memory for gradients that they do not have.
  ///   - factored: of whose weights no gradient is stored.
  ///   - shared: where ranks share memory; then `parameters` is shared too, and nothing is
  ///     factored.
  /// - Throws: `MemoryError.outOfMemory`.
  package init(
    _ trained: TrainedLayout, parameters: MemoryArena, stateNames: [String],
    division: JobLayout, factored: FactoredGradients, shared: SharedArenas? = nil
  ) throws {
    precondition(shared == nil || factored.weights.isEmpty, "factors are not shared")
    let shards = division.ownShards
    let sources = division.sources
    sharedGradients = shared?.gradients
    wholeLayout = trained.layout
    let layout = trained.layout.changing
    let bytes = layout.elementCount * MemoryLayout<Float>.size
    self.factored = factored
    self.layout = layout
    rates = trained.rates
    self.shards = shards
    self.parameters = parameters
    foreign = sources.filter { $0.shards.allSatisfy { !shards.contains($0) } }.map(\.range)
    optimizerState = try stateNames.map { [foreign] in
      try Self.arena(bytes, unused: foreign, purpose: "optimizer's \($0)", use: .parameters)
    }
    shardGradients = try shards.map { shard in
      try shared?.gradients[shard]
        ?? Self.arena(
          bytes,
          unused: factored.weights.map(\.entry.range)
            + sources.filter { !$0.shards.contains(shard) }.map(\.range),
          purpose: "gradients of shard \(shard)")
    }
    ownsLosses = shared == nil
    losses =
      shared.map { $0.meeting.losses + shards.lowerBound } ?? .allocate(capacity: shards.count)
    losses.initialize(repeating: LossSum(), count: shards.count)
  }

  deinit {
    if ownsLosses { losses.deallocate() }
  }

  /// An arena without pages where none are needed.
  /// - Parameter unused: ranges of elements.
  /// - Throws: `MemoryError.outOfMemory`.
  static func arena(
    _ bytes: Int, unused: [Range<Int>], purpose: String, use: MemoryError.Use = .computation
  ) throws -> MemoryArena {
    try MemoryArena(byteCount: bytes, purpose: purpose, use: use, unused: unused.map(Self.bytes))
  }

  private static func bytes(_ elements: Range<Int>) -> Range<Int> {
    let size = MemoryLayout<Float>.size
    return elements.lowerBound * size..<elements.upperBound * size
  }

  /// Lets an average follow the parameters. To be called before any step.
  /// - Throws: `MemoryError.outOfMemory`.
  func averageSteps(decay: Double) throws {
    let average = try ParameterAverage(
      wholeLayout, decay: decay, unused: foreign, purpose: "averaged parameters")
    average.takeFrozen(parameters)
    self.average = average
  }

  /// Has memory for the gradient of a step. To be called before any step.
  /// - Throws: `MemoryError.outOfMemory`.
  func keepGradients() throws {
    stepGradients = try StepGradients(layout, unused: foreign)
  }

  /// Lets updates be made by another optimizer from now on, which has the same state.
  func change(_ optimizer: AnyOptimizer) {
    changedOptimizer = (optimizer, rates.normDecay.flatMap(optimizer.decaying) ?? optimizer)
  }

  /// Gives the memory back of parameters and their state that steps on this rank do not touch.
  func forgetForeign() {
    for range in foreign {
      for arena in [parameters] + optimizerState + [average?.arena].compactMap(\.self) {
        arena.forget(Self.bytes(range))
      }
    }
  }

  /// The gradients of one of this rank's shards, added over the mini-batches of a step.
  package func gradients(ofShard shard: Int) -> UnsafeMutablePointer<Float> {
    shardGradients[shard - shards.lowerBound].floats()
  }

  /// Sets the loss of one of this rank's shards at its first images of a step, and adds to it at
  /// later ones.
  package func add(_ loss: LossSum, ofShard shard: Int, isFirst: Bool) {
    let slot = losses + (shard - shards.lowerBound)
    slot.pointee = isFirst ? loss : slot.pointee + loss
  }

  /// The losses of this rank's shards in a step, those without images left out.
  func losses(activeShards: Int) -> UnsafeBufferPointer<LossSum> {
    UnsafeBufferPointer(start: losses, count: shards.clamped(to: 0..<activeShards).count)
  }
}
