import Synchronization
import TandemCollectives
import TandemExecution
import TandemNetwork
import TandemTensor

/// What a rank needs to make steps: a part for each worker, to be used on its own thread, and in a job of
/// several ranks the exchange between them.
struct StepSet: Sendable {
  let workers: PerWorker<TrainingStep>
  /// Of the workers: which device of its model group each is.
  let members: [Int]
  /// Of the workers; nil where nobody asks where the time goes.
  let timelines: [Timeline]?
  /// Of the communication thread; nil where there is none.
  let communicationTimeline: Timeline?
  private let job: Job
  private let options: TrainingOptions
  /// nil where workers exchange on their own: there is one rank only, or ranks share memory.
  private let rankExchange: RankExchange?
  /// nil where ranks exchange by messages, or there is one only.
  private let meeting: RankMeeting?

  /// To be called outside of the team's regions.
  ///
  /// - Parameter meeting: where ranks share memory.
  /// - Throws: `MemoryError.outOfMemory`, `ExecutionError`, `LossError`.
  init(
    team: Team, job: Job, plans: PlanSet, memory: TrainingMemory, layout: RankLayout,
    division: ShardDivision, epochs: EpochDivision, loss: Loss, options: TrainingOptions,
    placed: PlacedNetwork?, devices: RankDevices?, meeting: RankMeeting?
  ) throws {
    let shardsOfRanks = (0..<layout.ranks).map { layout.shards(ofRank: $0, division) }
    let statistics = ShardStatistics(plans.graph, rank: layout.rank, shards: shardsOfRanks)
    let gradients = try placed.map { try DeviceGradients($0) }
    let sources = gradients?.sources ?? []
    let buckets = Buckets.form(
      memory.layout, factored: memory.factored.weights, bucketBytes: options.bucketBytes,
      firstBucketBytes: options.firstBucketBytes)
    let progress = BucketProgress(
      buckets: layout.ranks == 1 ? buckets : Buckets.cut(buckets, at: sources),
      workers: team.workers)
    let norms = GradientNorms(
      memory.layout, optimizer: options.optimizer, clipNorm: options.clipNorm, sources: sources)
    let crossings = devices.flatMap { devices in
      plans.crossingMemory(group: 0).flatMap { memory in
        devices.crossRanks
          ? CrossingExchange(
            rank: layout.rank, members: devices.members(ranks: layout.ranks), memory: memory.base)
          : nil
      }
    }
    // What needs more than one exchange in a step takes messages even then.
    let meeting = norms == nil && statistics == nil ? meeting : nil
    self.meeting = meeting
    let owners = SliceOwners(layout)
    let rankExchange =
      layout.ranks == 1 || meeting != nil
      ? nil
      : try RankExchange(
        rank: layout.rank, shards: shardsOfRanks,
        activeShards: Set(epochs.batchImageCounts.map { division.active(images: $0) }),
        batches: BatchRows(batchSize: epochs.batchSize, division: division), memory: memory,
        progress: progress, norms: norms, wire: options.wire, statistics: statistics,
        crossings: crossings, sources: sources)
    self.job = job
    self.options = options
    self.rankExchange = rankExchange
    stateParts =
      rankExchange?.plan.slices ?? (meeting == nil ? [] : buckets.map { owners.parts(of: $0) })
    let detail = options.timelineDetail
    let timelines = detail.map { detail in (0..<team.workers).map { _ in Timeline(detail) } }
    self.timelines = timelines
    communicationTimeline = rankExchange.flatMap { _ in detail.map(Timeline.init) }
    let agreement = LocalExchange.Agreement()
    let places = (0..<team.workers).map { worker in
      devices.map { DevicePlace(worker: worker, $0) }
    }
    members = places.map { $0?.member ?? 0 }
    let meetings = devices.map { devices in
      (0..<devices.groups).map { _ in MeetingPoint(members: devices.membersHere) }
    }
    workers = PerWorker(workers: team.workers)
    try team.run { [workers] worker in
      let activity = StepActivity(job.activity, timeline: timelines?[worker.index])
      let place = places[worker.index]
      workers[worker] = TrainingStep(
        memory: memory, division: division,
        shards: layout.shards(ofWorker: worker.index, division), loss: loss, seed: options.seed,
        progress: progress,
        replicas: try ReplicaSet(
          plans, parameters: memory.parameters, worker: worker, place: place, activity: activity),
        activity: activity,
        exchange: try {
          if let rankExchange {
            return try ExchangeHelper(
              rankExchange, optimizer: options.optimizer, timeline: activity.timeline)
          }
          if let meeting {
            return try SharedExchange(
              memory: memory, meeting: meeting, owners: owners, buckets: buckets,
              optimizer: options.optimizer, wire: options.wire, timeline: activity.timeline)
          }
          return try LocalExchange(
            memory: memory, progress: progress, optimizer: options.optimizer, norms: norms,
            sources: sources, wire: options.wire, agreement: agreement, timeline: activity.timeline)
        }() as any WorkerExchange,
        statistics: statistics,
        device: place.flatMap { place in
          meetings.map {
            DeviceMeeting(
              member: place.member, local: $0[place.group], crossings: crossings,
              foreign: gradients?.foreign[place.member] ?? [])
          }
        })
    }
  }

  /// Of each bucket the parts of the optimizer's state that the ranks have, in the order of the ranks;
  /// with one rank it has all.
  let stateParts: [[Range<Int>]]

  /// Of each bucket that only some of the ranks keep up to date, the parts of its owners, in the order of the
  /// ranks.
  var slicedParts: [[Range<Int>]] {
    guard let plan = rankExchange?.plan else { return [] }
    return plan.buckets.indices.filter { plan.holders[$0].count < plan.ranks }.map {
      plan.slices[$0]
    }
  }

  /// Runs `body` on all workers, and beside them, in a job of several ranks, the exchanges of `steps` on
  /// the communication thread.
  ///
  /// - Parameter steps: whose exchanges follow each other until one of them ends with a stop.
  func run(
    on team: Team, _ steps: some Sequence<StepContext>, stopRequest: StopRequest,
    _ body: @escaping @Sendable (Worker) throws -> Void
  ) throws {
    let finished = FinishedWorkers()
    try team.run { worker in
      try body(worker)
      finished.count.add(1, ordering: .releasing)
      worker.wakeOthers()
    } alongside: { companion in
      if let meeting {
        try job.perform("training") { communicator in
          try companion.wait {
            finished.count.load(ordering: .acquiring) == companion.workers
          } attend: {
            try communicator.attend(isWaiting: meeting.isStuck())
          }
          try communicator.attend(isWaiting: false)
        }
      }
      guard let rankExchange else { return }
      try job.perform("training") { communicator in
        // With memory in common there is nothing to wait for that computing could hide, and the
        // communication thread would only take a core from a worker that computes.
        let overlaps = options.overlapsExchange && rankExchange.memory.sharedGradients == nil
        let driver = try ExchangeDriver(
          rankExchange, optimizer: options.optimizer, overlaps: overlaps,
          companion: companion, communicator: communicator, activity: job.activity,
          timeline: communicationTimeline)
        for step in steps where try driver.run(step, stopRequest: stopRequest) { break }
      }
    }
  }
}

/// How many workers have made all their steps.
private final class FinishedWorkers: Sendable {
  let count = Atomic<Int>(0)
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
