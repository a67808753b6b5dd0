import Synchronization
import TandemCollectives
import TandemExecution
import TandemNetwork
import TandemTensor

/// What a rank needs to make steps: a part for each worker, to be used on its own thread, and in a job of
/// several ranks the exchange between them.
struct StepRunner: Sendable {
  let workers: PerWorker<TrainingStep>
  /// Of the workers: which device of its model group each is.
  let members: [Int]
  /// Of the workers; nil where nobody asks where the time goes.
  let timelines: [Timeline]?
  /// Of the communication thread; nil where there is none.
  let communicationTimeline: Timeline?
  let exchange: ExchangeSetup
  /// What the communication thread serves besides the exchange of gradients.
  private let otherClients: [any CommunicationClient & Sendable]
  private let job: Job
  private let options: TrainingOptions

  /// To be called outside of the team's regions.
  ///
  /// - Parameter meeting: where ranks share memory.
  /// - Throws: `MemoryError.outOfMemory`, `ExecutionError`, `LossError`.
  init(
    team: Team, job: Job, plans: Plans, memory: TrainingMemory, layout: RankLayout,
    division: ShardDivision, epochs: EpochDivision, loss: Loss, options: TrainingOptions,
    placed: PlacedNetwork?, devices: RankDevices?, meeting: RankMeeting?
  ) throws {
    let gradients = try placed.map { try DeviceGradients($0) }
    let crossings = devices.flatMap { devices in
      plans.crossingMemory(group: 0).flatMap { memory in
        devices.crossRanks
          ? CrossingMeeting(
            rank: layout.rank, members: devices.members(ranks: layout.ranks), memory: memory.base)
          : nil
      }
    }
    let exchange = try ExchangeSetup(
      plans.graph, memory: memory, layout: layout, division: division, epochs: epochs,
      options: options, sources: gradients?.sources ?? [], meeting: meeting)
    self.job = job
    self.options = options
    self.exchange = exchange
    let others: [(any CommunicationClient & Sendable)?] = [exchange.statistics, crossings]
    otherClients = others.compactMap(\.self)
    let detail = options.timelineDetail
    let timelines = detail.map { detail in (0..<team.workers).map { _ in Timeline(detail) } }
    self.timelines = timelines
    communicationTimeline = exchange.messages.flatMap { _ in detail.map(Timeline.init) }
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
        progress: exchange.progress,
        replicas: try WorkerReplicas(
          plans, parameters: memory.parameters, worker: worker, place: place, activity: activity),
        activity: activity,
        exchange: try exchange.makeWorkerExchange(activity.timeline),
        statistics: exchange.statistics,
        device: place.flatMap { place in
          meetings.map {
            DeviceMeeting(
              member: place.member, local: $0[place.group], crossings: crossings,
              foreign: gradients?.foreign[place.member] ?? [])
          }
        })
    }
  }

  /// Runs `body` on all workers, and beside them, in a job of several ranks, the communication thread: where
  /// ranks send messages it carries out the exchanges of `steps`, else it watches whether they are alive.
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
      if let meeting = exchange.meeting {
        try job.perform("training") { communicator in
          try companion.wait {
            finished.count.load(ordering: .acquiring) == companion.workers
          } attend: {
            try communicator.attend(isWaiting: meeting.isStuck())
          }
          try communicator.attend(isWaiting: false)
        }
      }
      guard let messages = exchange.messages else { return }
      try job.perform("training") { communicator in
        // With memory in common there is nothing to wait for that computing could hide, and the
        // communication thread would only take a core from a worker that computes.
        let overlaps = options.overlapsExchange && messages.memory.sharedGradients == nil
        let stages = try BucketStages(
          messages, optimizer: options.optimizer, overlaps: overlaps, activity: job.activity,
          timeline: communicationTimeline)
        let communication = StepCommunication(
          stages, others: otherClients, companion: companion, communicator: communicator)
        for step in steps where try communication.run(step, stopRequest: stopRequest) { break }
      }
    }
  }
}

/// How many workers have made all their steps.
private final class FinishedWorkers: Sendable {
  let count = Atomic<Int>(0)
}
