import TandemCollectives
import TandemExecution
import TandemNetwork

/// Chooses how the gradients of a run are exchanged, and holds what the workers of a rank share for
/// it; `GradientExchange` has the whole story.
struct ExchangeSetup: Sendable {
  let layout: JobLayout
  let memory: TrainingMemory
  /// How far the workers have come with what others wait for.
  let progress: BucketProgress
  /// For layers that normalize over several shards; nil where there are none.
  let statistics: ShardStatistics?
  /// For devices that share images with those of other ranks; nil where there are none.
  let crossings: CrossingMeeting?
  /// nil unless ranks send messages.
  let messages: BucketWork?
  /// nil unless ranks exchange where they share memory.
  let meeting: RankMeeting?
  private let options: TrainingOptions
  private let buckets: [Range<Int>]
  private let norms: GradientNorms?
  private let agreement = ThreadExchange.Agreement()

  /// - Parameter meeting: where ranks share memory.
  /// - Throws: `MemoryError.outOfMemory`.
  init(
    _ plans: Plans, _ layout: JobLayout, _ memory: TrainingMemory, _ options: TrainingOptions,
    meeting: RankMeeting?
  ) throws {
    let ranks = layout.ranks.ranks
    let buckets = Buckets.form(
      memory.layout, factored: memory.factored.weights, bucketBytes: options.bucketBytes,
      firstBucketBytes: options.firstBucketBytes)
    let statistics = ShardStatistics(plans.graph, layout)
    let norms = GradientNorms(
      memory.layout, optimizer: options.optimizer, clipNorm: options.clipNorm,
      sources: layout.sources, toleratesNonFinite: options.toleratesNonFinite)
    // What needs more than one exchange in a step takes messages even where ranks share memory.
    let meeting = norms == nil && statistics == nil ? meeting : nil
    let awaited =
      meeting != nil ? [] : ranks == 1 ? buckets : Buckets.cut(buckets, at: layout.sources)
    let progress = BucketProgress(buckets: awaited, workers: layout.workers)
    messages =
      ranks == 1 || meeting != nil
      ? nil
      : try BucketWork(
        layout, memory: memory, progress: progress, norms: norms, wire: options.wire)
    crossings = CrossingMeeting(plans, layout)
    self.layout = layout
    self.memory = memory
    self.progress = progress
    self.statistics = statistics
    self.meeting = meeting
    self.options = options
    self.buckets = buckets
    self.norms = norms
  }

  /// One worker's part of it.
  ///
  /// - Parameter timeline: notes when parameters are updated.
  /// - Throws: `MemoryError.outOfMemory`.
  func makePart(_ timeline: Timeline?) throws -> any GradientExchange {
    if let messages {
      return try MessageExchange(messages, optimizer: options.optimizer, timeline: timeline)
    }
    let update = try SliceUpdate(memory, options.optimizer, wire: options.wire, timeline: timeline)
    if let meeting {
      return SharedMemoryExchange(
        memory: memory, meeting: meeting, layout: layout.ranks, buckets: buckets, update: update)
    }
    return ThreadExchange(
      memory: memory, progress: progress, norms: norms, sources: layout.sources,
      agreement: agreement, update: update)
  }

  /// The communication thread's part, where ranks send messages.
  ///
  /// - Parameter timeline: notes in which stage each bucket is.
  /// - Throws: `MemoryError.outOfMemory`.
  func makeCommunication(
    _ messages: BucketWork, companion: Companion, communicator: any Communicator,
    activity: ActivityBoard, timeline: Timeline?
  ) throws -> StepCommunication {
    // With memory in common there is nothing to wait for that computing could hide, and the
    // communication thread would only take a core from a worker that computes.
    let overlaps = options.overlapsExchange && memory.sharedGradients == nil
    let others: [(any CommunicationClient)?] = [statistics, crossings]
    return StepCommunication(
      try BucketStages(
        messages, optimizer: options.optimizer, overlaps: overlaps, activity: activity,
        timeline: timeline),
      others: others.compactMap(\.self), companion: companion, communicator: communicator)
  }

  /// The parts of each bucket's optimizer state that the ranks have, in the order of the ranks;
  /// with one rank it has all.
  var stateParts: [[Range<Int>]] {
    messages?.plan.slices
      ?? (meeting == nil ? [] : buckets.map { layout.ranks.slicesOfRanks(of: $0) })
  }

  /// The owners' parts of each bucket that only some of the ranks keep up to date, in the order of
  /// the ranks.
  var slicedParts: [[Range<Int>]] {
    guard let plan = messages?.plan else { return [] }
    return plan.buckets.indices.filter { plan.holders[$0].count < plan.ranks }.map {
      plan.slices[$0]
    }
  }
}

extension ShardStatistics {
  /// nil for a network without layers that normalise over all shards. Each of them asks once in
  /// forward and once in backward.
  fileprivate convenience init?(_ graph: NetworkGraph, _ layout: JobLayout) {
    let nodes = graph.nodes.filter(\.layer.sumsAcrossShards)
    guard let channels = nodes.map({ $0.outputShape[0] }).max() else { return nil }
    // Sums and sums of squares of each channel, and the number of values.
    self.init(
      rank: layout.rank, shards: layout.shardsOfRanks, capacity: 2 * channels + 1,
      questionsPerStep: 2 * nodes.count)
  }
}

extension CrossingMeeting {
  /// nil unless devices of one group are on several ranks.
  fileprivate convenience init?(_ plans: Plans, _ layout: JobLayout) {
    guard let devices = layout.mesh?.devices, devices.crossRanks,
      let memory = plans.crossingMemory(group: 0)
    else { return nil }
    self.init(
      rank: layout.rank, members: devices.members(ranks: layout.ranks.ranks), memory: memory.base)
  }
}
