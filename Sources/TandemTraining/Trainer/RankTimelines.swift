import TandemExecution

/// Where the time of a run went on one rank.
public struct RankTimelines: Sendable {
  /// Of each worker.
  public let workers: [Timeline]
  /// Of the thread that exchanges gradients with other ranks; nil where there is none.
  public let communication: Timeline?
  /// What was run, by the number of images.
  public let plans: [Int: Plan]

  /// - Parameter communication: nil where there is one rank.
  public init(workers: [Timeline], communication: Timeline? = nil, plans: [Int: Plan]) {
    self.workers = workers
    self.communication = communication
    self.plans = plans
  }

  /// nil if nobody asked for it.
  init?(_ steps: StepSet, _ plans: PlanSet) {
    guard let workers = steps.timelines else { return nil }
    self.init(
      workers: workers, communication: steps.communicationTimeline, plans: plans.reported)
  }
}
