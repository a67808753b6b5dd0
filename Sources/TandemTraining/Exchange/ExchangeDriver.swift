import Foundation
import TandemCollectives
import TandemExecution

/// The communication thread's part in exchanging gradients with other ranks: it takes each bucket
/// through its stages, several buckets at a time, while workers still compute later ones.
///
///     waiting → (adding shards →) sending → (unpacking →) (measuring → measured →) updating → returning
///       → (applying →) done
///
/// Operations of a kind are started in the order of the buckets, so that all ranks do it in the same
/// order.
///
/// Ownership: belongs to the communication thread, for one region of the team.
package final class ExchangeDriver {
  private enum Stage: Int, Comparable {
    case waiting, addingShards, sending, unpacking, measuring, measured, updating, returning
    case applying, done

    static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }

    /// As timelines call it; nil before and after the exchange.
    var name: String? {
      switch self {
      case .waiting, .done: nil
      case .addingShards: "adding shards"
      case .sending: "sending"
      case .unpacking: "unpacking"
      case .measuring, .measured: "measuring"
      case .updating: "updating"
      case .returning: "returning"
      case .applying: "applying"
      }
    }
  }

  private let exchange: BucketWork
  private let overlaps: Bool
  private let companion: Companion
  private let communicator: any Communicator
  private let activity: ActivityBoard
  private let status: StatusGather
  private let normGather: NormGather?
  private let statistics: ShardStatistics?
  private var sliceUpdate: SliceUpdate
  private var stages: [Stage]
  private var pending: [[any PendingOperation]]
  private var isStatusFinished = false
  private var isGatheringNorms = false
  private var watch = ExchangeWatch()
  private var bucketTimes: BucketTimes?
  /// Polls in a row that found nothing new.
  private var idlePolls = 0

  /// - Throws: `MemoryError.outOfMemory`.
  package init(
    _ exchange: BucketWork, optimizer: AnyOptimizer, overlaps: Bool, companion: Companion,
    communicator: any Communicator, activity: ActivityBoard, timeline: Timeline? = nil
  ) throws {
    self.exchange = exchange
    self.overlaps = overlaps
    self.companion = companion
    self.communicator = communicator
    self.activity = activity
    status = StatusGather(shards: exchange.plan.shards)
    statistics = exchange.statistics
    normGather = exchange.norms.map { NormGather($0, exchange.plan) }
    sliceUpdate = try exchange.sliceUpdate(optimizer, timeline)
    stages = exchange.plan.buckets.map { _ in .waiting }
    bucketTimes = timeline.flatMap { BucketTimes($0, buckets: exchange.plan.buckets.count) }
    pending = exchange.plan.buckets.map { _ in [] }
  }

  /// Exchanges the gradients of a step and lets the workers go on.
  ///
  /// - Returns: whether a rank was asked to stop.
  /// - Throws: `TeamError.abandoned` if a worker failed, `JobError`, and what
  ///   `GradientNorms.updateRule` throws.
  package func run(_ step: StepContext, stopRequest: StopRequest) throws -> Bool {
    for bucket in stages.indices { stages[bucket] = .waiting }
    isStatusFinished = false
    isGatheringNorms = false
    watch = ExchangeWatch()
    bucketTimes?.begin(step: step.step)
    statistics?.beginStep()
    while stages.contains(where: { $0 != .done }) || !isStatusFinished {
      var hasMoved = false
      if !watch.knowsWorkersFinished, isReported(stages.count - 1, step) {
        watch.workersFinish()
        activity.set(.exchanging, step: step.step)
      }
      for bucket in stages.indices where stages[bucket] != .done {
        if try advance(bucket, step, stopRequest) { hasMoved = true }
        if stages[bucket] == .waiting { break }
      }
      if !isStatusFinished, stages[0] != .waiting, try status.isFinished(communicator) {
        isStatusFinished = true
        hasMoved = true
      }
      if try advanceNorms(step) { hasMoved = true }
      if try advanceStatistics(step) { hasMoved = true }
      if try exchange.crossings?.advance(communicator, companion: companion) == true {
        hasMoved = true
      }
      bucketTimes?.note { stages[$0].name }
      if hasMoved { idlePolls = 0 } else { try pause(step) }
    }
    exchange.outcome = status.outcome(activeShards: step.activeShards)
    exchange.outcome.figures = watch.figures(
      bytesSent: exchange.bytesSent(step))
    let stops = exchange.outcome.stops
    exchange.finishExchange()
    companion.wakeOthers()
    return stops
  }

  /// Takes a bucket as far as it goes now; whether anything was done.
  private func advance(
    _ bucket: Int, _ step: StepContext, _ stopRequest: StopRequest
  ) throws -> Bool {
    let before = stages[bucket]
    switch before {
    case .waiting:
      guard isReported(bucket, step), bucket == 0 || stages[bucket - 1] > .addingShards else {
        return false
      }
      watch.bucketBegins()
      if bucket == 0 {
        try status.start(
          communicator, stops: stopRequest.isRequested,
          losses: exchange.memory.losses(activeShards: step.activeShards))
      }
      if exchange.addsShards(bucket, step) {
        open(.addingShards, bucket)
        stages[bucket] = .addingShards
      } else {
        try send(bucket, step)
      }
      return true
    case .addingShards:
      let hasWorked = try work(.addingShards, bucket, step)
      if exchange.isFinished(.addingShards, bucket) { try send(bucket, step) }
      return hasWorked || stages[bucket] != before
    case .sending:
      guard try hasArrived(bucket) else { return false }
      if exchange.unpacks(bucket) {
        open(.unpacking, bucket)
        stages[bucket] = .unpacking
      } else {
        use(bucket)
      }
      return true
    case .unpacking:
      let hasWorked = try work(.unpacking, bucket, step)
      if exchange.isFinished(.unpacking, bucket) { use(bucket) }
      return hasWorked || stages[bucket] != before
    case .measuring:
      let hasWorked = try work(.measuring, bucket, step)
      if exchange.isFinished(.measuring, bucket) { stages[bucket] = .measured }
      return hasWorked || stages[bucket] != before
    case .updating:
      let hasWorked = try work(.updating, bucket, step)
      if exchange.isFinished(.updating, bucket), bucket == 0 || stages[bucket - 1] > .updating {
        pending[bucket] = try exchange.startReturning(bucket, communicator)
        stages[bucket] = .returning
      }
      return hasWorked || stages[bucket] != before
    case .returning:
      guard try hasArrived(bucket) else { return false }
      if exchange.appliesChanges {
        open(.applying, bucket)
        stages[bucket] = .applying
      } else {
        end(bucket)
      }
      return true
    case .applying:
      let hasWorked = try work(.applying, bucket, step)
      if exchange.isFinished(.applying, bucket) { end(bucket) }
      return hasWorked || stages[bucket] != before
    case .measured, .done:
      return false
    }
  }

  private func send(_ bucket: Int, _ step: StepContext) throws {
    pending[bucket] = try exchange.startSending(bucket, step, communicator)
    stages[bucket] = .sending
  }

  /// All that this rank needs for the gradients of its slice is there.
  private func use(_ bucket: Int) {
    let measures = exchange.norms != nil
    open(measures ? .measuring : .updating, bucket)
    stages[bucket] = measures ? .measuring : .updating
  }

  private func end(_ bucket: Int) {
    stages[bucket] = .done
    watch.bucketEnds()
  }

  private func hasArrived(_ bucket: Int) throws -> Bool {
    while let operation = pending[bucket].last {
      guard try communicator.isFinished(operation) else { return false }
      pending[bucket].removeLast()
    }
    return true
  }

  /// Where gradients are needed as a whole: makes the rule of the step from all ranks' norms.
  private func advanceNorms(_ step: StepContext) throws -> Bool {
    guard let normGather, let norms = exchange.norms else { return false }
    if isGatheringNorms {
      guard try normGather.isFinished(communicator) else { return false }
      isGatheringNorms = false
      exchange.rule = try norms.updateRule(step)
      for bucket in stages.indices {
        open(.updating, bucket)
        stages[bucket] = .updating
      }
      return true
    }
    guard stages.allSatisfy({ $0 == .measured }) else { return false }
    try normGather.start(communicator)
    isGatheringNorms = true
    return true
  }

  /// Where layers need statistics of several shards: serves workers that are in the midst of the step.
  private func advanceStatistics(_ step: StepContext) throws -> Bool {
    guard let statistics else { return false }
    return try statistics.advance(
      communicator, companion: companion, activeShards: step.activeShards)
  }

  /// Whether workers wait for numbers or values of other ranks.
  private func isAsked(_ step: StepContext) -> Bool {
    statistics?.isAsked(activeShards: step.activeShards) == true
      || exchange.crossings?.isAsked == true
  }

  // MARK: Working and waiting

  /// Blocks that this thread does before it looks at the other buckets again.
  private static let blocksAtOnce = 16
  /// Blocks for which it is worth waking workers that wait.
  private static let blocksToShare = 32
  /// How long this thread sleeps, with operations under way, while workers compute: it takes a core
  /// from one of them each time it wakes up.
  private static let napMicroseconds = 50
  /// Polls without a nap when nobody computes any more. Then others may need this core: ranks that
  /// share it.
  private static let pollsWithoutNap = 2000

  private func open(_ pass: BucketWork.Pass, _ bucket: Int) {
    let blocks = exchange.open(pass, bucket)
    if blocks >= Self.blocksToShare { companion.wakeOthers() }
  }

  private func work(
    _ pass: BucketWork.Pass, _ bucket: Int, _ step: StepContext
  ) throws -> Bool {
    for done in 0..<Self.blocksAtOnce
    where try !exchange.work(pass, bucket, step, &sliceUpdate) {
      return done > 0
    }
    return true
  }

  private func isReported(_ bucket: Int, _ step: StepContext) -> Bool {
    exchange.progress.isFinished(
      exchange: step.exchange, bucket: overlaps ? bucket : stages.count - 1)
  }

  private func pause(_ step: StepContext) throws {
    if companion.hasFailed { throw TeamError.abandoned }
    // While devices wait at a crossing nobody computes.
    let isCrossing = exchange.crossings?.isUnderWay == true
    guard !isCrossing, let next = stages.firstIndex(of: .waiting), !isReported(next, step) else {
      idlePolls += 1
      if idlePolls < Self.pollsWithoutNap { sched_yield() } else { usleep(20) }
      return
    }
    let isOver = { self.isReported(next, step) || self.isAsked(step) }
    let isIdle = stages[..<next].allSatisfy { $0 == .done } && statistics?.isUnderWay != true
    if isIdle, next == 0 || isStatusFinished {
      try companion.wait(until: isOver) { try communicator.attend() }
    } else {
      try companion.wait(atMostMicroseconds: Self.napMicroseconds, until: isOver)
    }
  }
}
