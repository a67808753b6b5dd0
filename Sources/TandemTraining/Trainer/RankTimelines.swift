import TandemExecution

/// Where the time of a run went on one rank.
package struct RankTimelines: Sendable {
  /// The timeline of each worker.
  package let workers: [Timeline]
  /// The timeline of the thread that exchanges gradients with other ranks; nil where there is none.
  package let communication: Timeline?
  /// What was run, by the device of a model group and the number of images; there is one device
  /// where each worker has the whole network.
  package let plans: [[Int: Plan]]
  /// The device of its model group that each worker is.
  package let members: [Int]

  /// The timelines of workers that have the whole network each.
  /// - Parameter communication: nil where there is one rank.
  package init(workers: [Timeline], communication: Timeline? = nil, plans: [Int: Plan]) {
    self.init(
      workers: workers, communication: communication, plans: [plans],
      members: workers.map { _ in 0 })
  }

  /// - Parameter members: by worker; numbers of `plans`.
  package init(
    workers: [Timeline], communication: Timeline? = nil, plans: [[Int: Plan]], members: [Int]
  ) {
    precondition(members.count == workers.count, "each worker is some device")
    self.workers = workers
    self.communication = communication
    self.plans = plans
    self.members = members
  }

  /// nil if nobody asked for it.
  init?(_ steps: StepRunner, _ plans: Plans) {
    guard let workers = steps.timelines else { return nil }
    self.init(
      workers: workers, communication: steps.communicationTimeline, plans: plans.reported,
      members: steps.members)
  }

  /// What a worker ran, by the number of images.
  package func plans(ofWorker worker: Int) -> [Int: Plan] { plans[members[worker]] }

  /// Those workers alone that are the first devices of their model groups.
  package var firstDevices: RankTimelines {
    RankTimelines(
      workers: zip(workers, members).filter { $0.1 == 0 }.map(\.0), communication: communication,
      plans: plans[0])
  }
}
