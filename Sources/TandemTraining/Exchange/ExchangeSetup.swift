import TandemCollectives
import TandemExecution
import TandemNetwork

/// How a rank's workers exchange the gradients of a step: on their own where the rank is alone, between
/// meetings where ranks share memory, else by messages, which the communication thread sends and receives.
struct ExchangeSetup: Sendable {
  /// How far the workers have come with what others wait for.
  let progress: BucketProgress
  /// For layers that normalize over several shards; nil where there are none.
  let statistics: ShardStatistics?
  /// nil unless ranks send messages.
  let messages: BucketWork?
  /// nil unless ranks exchange where they share memory.
  let meeting: RankMeeting?
  private let memory: TrainingMemory
  private let options: TrainingOptions
  private let layout: RankLayout
  private let buckets: [Range<Int>]
  private let sources: [GradientSource]
  private let norms: GradientNorms?
  private let agreement = ThreadExchange.Agreement()

  /// - Parameters:
  ///   - sources: whose gradients each element has; empty where all shards have gradients of all.
  ///   - meeting: where ranks share memory.
  /// - Throws: `MemoryError.outOfMemory`.
  init(
    _ graph: NetworkGraph, memory: TrainingMemory, layout: RankLayout, division: ShardDivision,
    epochs: EpochDivision, options: TrainingOptions, sources: [GradientSource],
    meeting: RankMeeting?
  ) throws {
    let shards = (0..<layout.ranks).map { layout.shards(ofRank: $0, division) }
    let buckets = Buckets.form(
      memory.layout, factored: memory.factored.weights, bucketBytes: options.bucketBytes,
      firstBucketBytes: options.firstBucketBytes)
    let statistics = ShardStatistics(graph, rank: layout.rank, shards: shards)
    let norms = GradientNorms(
      memory.layout, optimizer: options.optimizer, clipNorm: options.clipNorm, sources: sources)
    // What needs more than one exchange in a step takes messages even where ranks share memory.
    let meeting = norms == nil && statistics == nil ? meeting : nil
    let awaited =
      meeting != nil ? [] : layout.ranks == 1 ? buckets : Buckets.cut(buckets, at: sources)
    let progress = BucketProgress(
      buckets: awaited, workers: layout.workersOfRanks[layout.rank])
    messages =
      layout.ranks == 1 || meeting != nil
      ? nil
      : try BucketWork(
        rank: layout.rank, shards: shards,
        activeShards: Set(epochs.batchImageCounts.map { division.active(images: $0) }),
        batches: BatchRows(batchSize: epochs.batchSize, division: division), memory: memory,
        progress: progress, norms: norms, wire: options.wire, sources: sources)
    self.progress = progress
    self.statistics = statistics
    self.meeting = meeting
    self.memory = memory
    self.options = options
    self.buckets = buckets
    self.sources = sources
    self.norms = norms
    self.layout = layout
  }

  /// Of each bucket the parts of the optimizer's state that the ranks have, in the order of the ranks;
  /// with one rank it has all.
  var stateParts: [[Range<Int>]] {
    messages?.plan.slices ?? (meeting == nil ? [] : buckets.map { layout.slicesOfRanks(of: $0) })
  }

  /// Of each bucket that only some of the ranks keep up to date, the parts of its owners, in the order of
  /// the ranks.
  var slicedParts: [[Range<Int>]] {
    guard let plan = messages?.plan else { return [] }
    return plan.buckets.indices.filter { plan.holders[$0].count < plan.ranks }.map {
      plan.slices[$0]
    }
  }

  /// One worker's part of it.
  ///
  /// - Parameter timeline: notes when parameters are updated.
  /// - Throws: `MemoryError.outOfMemory`.
  func makeWorkerExchange(_ timeline: Timeline?) throws -> any GradientExchange {
    if let messages {
      return try MessageExchange(messages, optimizer: options.optimizer, timeline: timeline)
    }
    if let meeting {
      return try SharedMemoryExchange(
        memory: memory, meeting: meeting, layout: layout, buckets: buckets,
        optimizer: options.optimizer, wire: options.wire, timeline: timeline)
    }
    return try ThreadExchange(
      memory: memory, progress: progress, optimizer: options.optimizer, norms: norms,
      sources: sources, wire: options.wire, agreement: agreement, timeline: timeline)
  }
}

extension ShardStatistics {
  /// nil for a network without layers that normalise over all shards. Each of them asks once in forward
  /// and once in backward.
  fileprivate convenience init?(_ graph: NetworkGraph, rank: Int, shards: [Range<Int>]) {
    let nodes = graph.nodes.filter { ($0.layer as? BatchNorm2D)?.acrossShards == true }
    guard let channels = nodes.map({ $0.outputShape[0] }).max() else { return nil }
    // Sums and sums of squares of each channel, and the number of values.
    self.init(
      rank: rank, shards: shards, capacity: 2 * channels + 1, questionsPerStep: 2 * nodes.count)
  }
}
