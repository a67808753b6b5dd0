import Synchronization
import TandemCollectives
import TandemExecution
import TandemNetwork
import TandemTensor

/// Runs steps on the workers of a rank and, in a job of several ranks, on the communication thread
/// beside them.
struct StepRunner: Sendable {
  /// A part for each worker, to be used on its own thread.
  let workers: PerWorker<TrainingStep>
  /// The device of its model group that each worker is.
  let members: [Int]
  /// The workers' timelines; nil where nobody asks where the time goes.
  let timelines: [Timeline]?
  /// The communication thread's timeline; nil where there is none.
  let communicationTimeline: Timeline?
  let exchange: ExchangeSetup
  private let job: Job

  /// Makes the workers' parts. To be called outside of the team's regions.
  ///
  /// - Throws: `MemoryError.outOfMemory`, `ExecutionError`, `LossError`.
  init(
    team: Team, job: Job, plans: Plans, exchange: ExchangeSetup, loss: Loss,
    options: TrainingOptions
  ) throws {
    self.job = job
    self.exchange = exchange
    let detail = options.timelineDetail
    let timelines = detail.map { detail in (0..<team.workers).map { _ in Timeline(detail) } }
    self.timelines = timelines
    communicationTimeline = exchange.messages.flatMap { _ in detail.map(Timeline.init) }
    let mesh = exchange.layout.mesh
    let places = (0..<team.workers).map { worker in
      mesh.map { DevicePlace(worker: worker, $0.devices) }
    }
    members = places.map { $0?.member ?? 0 }
    let meetings = mesh.map { mesh in
      (0..<mesh.devices.groups).map { _ in MeetingPoint(members: mesh.devices.membersHere) }
    }
    let rank = RankStep(
      layout: exchange.layout, memory: exchange.memory, loss: loss,
      classWeights: options.classWeights?.values, seed: options.seed,
      toleratesNonFinite: options.toleratesNonFinite, progress: exchange.progress,
      statistics: exchange.statistics)
    workers = PerWorker(workers: team.workers)
    try team.run { [workers] worker in
      let activity = StepActivity(job.activity, timeline: timelines?[worker.index])
      let place = places[worker.index]
      workers[worker] = TrainingStep(
        rank, worker: worker.index,
        replicas: try WorkerReplicas(
          plans, parameters: rank.memory.parameters, worker: worker, place: place,
          activity: activity),
        activity: activity,
        exchange: try exchange.makePart(activity.timeline),
        device: place.flatMap { place in
          meetings.map {
            DeviceMeeting(
              member: place.member, local: $0[place.group], crossings: exchange.crossings,
              foreign: mesh?.gradients.foreign[place.member] ?? [])
          }
        })
    }
  }

  /// Runs `body` on all workers, and beside them, in a job of several ranks, the communication
  /// thread: where ranks send messages it carries out the exchanges of `steps`, else it watches
  /// whether they are alive.
  ///
  /// - Parameter steps: whose exchanges follow each other until one of them ends with a signal.
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
        let communication = try exchange.makeCommunication(
          messages, companion: companion, communicator: communicator, activity: job.activity,
          timeline: communicationTimeline)
        for step in steps {
          if try !communication.run(step, stopRequest: stopRequest).isEmpty { break }
        }
      }
    }
  }
}

/// How many workers have made all their steps.
private final class FinishedWorkers: Sendable {
  let count = Atomic<Int>(0)
}
