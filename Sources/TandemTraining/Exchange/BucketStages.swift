import TandemCollectives
import TandemExecution

/// Takes each bucket of a step through its stages, several buckets at a time, while workers still
/// compute later ones; `GradientExchange` tells what happens in them.
///
///     waiting → (adding shards →) sending → (unpacking →) (measuring → measured →) updating → returning
///       → (applying →) done
///
/// Operations of a kind are started in the order of the buckets, so that all ranks do it in the
/// same order.
///
/// Ownership: belongs to the communication thread, for one region of the team.
package final class BucketStages: CommunicationClient {
  private enum Stage: Int, Comparable {
    case waiting, addingShards, sending, unpacking, measuring, measured, updating, returning
    case applying, done

    static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }

    /// The name in timelines; nil before and after the exchange.
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

    /// The one in which a pass is made.
    init(_ pass: BucketWork.Pass) {
      self =
        switch pass {
        case .addingShards: .addingShards
        case .unpacking: .unpacking
        case .measuring: .measuring
        case .updating: .updating
        case .applying: .applying
        }
    }
  }

  let work: BucketWork
  /// Is told of the first bucket of a step.
  let status: StatusGather
  private let overlaps: Bool
  private let activity: ActivityBoard
  private var sliceUpdate: SliceUpdate
  private var stages: [Stage]
  private var pending: [[any PendingOperation]]
  private var watch = ExchangeWatch()
  private var bucketTimes: BucketTimes?

  /// - Parameters:
  ///   - overlaps: whether buckets are exchanged while workers compute others.
  ///   - timeline: notes in which stage each bucket is.
  /// - Throws: `MemoryError.outOfMemory`.
  package init(
    _ work: BucketWork, optimizer: AnyOptimizer, overlaps: Bool, activity: ActivityBoard,
    timeline: Timeline? = nil
  ) throws {
    self.work = work
    status = StatusGather(shards: work.plan.shards, work.memory)
    self.overlaps = overlaps
    self.activity = activity
    sliceUpdate = try work.sliceUpdate(optimizer, timeline)
    stages = work.plan.buckets.map { _ in .waiting }
    bucketTimes = timeline.flatMap { BucketTimes($0, buckets: work.plan.buckets.count) }
    pending = work.plan.buckets.map { _ in [] }
  }

  package func begin(_ step: StepContext) {
    for bucket in stages.indices { stages[bucket] = .waiting }
    watch = ExchangeWatch()
    bucketTimes?.begin(step: step.step)
  }

  package func advance(
    _ step: StepContext, _ communicator: any Communicator, _ companion: Companion
  ) throws -> Bool {
    if !watch.knowsWorkersFinished, isReported(stages.count - 1, step) {
      watch.workersFinish()
      activity.set(.exchanging, step: step.step)
    }
    var hasMoved = false
    for bucket in stages.indices where stages[bucket] != .done {
      if try advance(bucket, step, communicator, companion) { hasMoved = true }
      if stages[bucket] == .waiting { break }
    }
    bucketTimes?.note { stages[$0].name }
    return hasMoved
  }

  /// The first bucket that has not begun; nil if all have.
  private var next: Int? { stages.firstIndex(of: .waiting) }

  package func isAskedFor(_ step: StepContext) -> Bool {
    next.map { isReported($0, step) } ?? false
  }

  package var isUnderWay: Bool { stages.contains { $0 != .waiting && $0 != .done } }

  /// When all gradients are there nobody computes any more; a bucket that is there begins as soon
  /// as the one before it is far enough.
  package func isUrgent(_ step: StepContext) -> Bool { next.map { isReported($0, step) } ?? true }

  package var isDone: Bool { stages.allSatisfy { $0 == .done } }

  package func takeBytesSent(_ step: StepContext) -> Int { work.bytesSent(step) }

  /// What the step's exchange has cost, once it is over.
  func figures(bytesSent: Int) -> ExchangeFigures { watch.figures(bytesSent: bytesSent) }

  /// Whether all buckets wait for the rule by which parameters follow the whole gradient.
  var areMeasured: Bool { stages.allSatisfy { $0 == .measured } }

  /// Lets all buckets go on by that rule.
  func update(by rule: UpdateRule, _ companion: Companion) {
    work.rule = rule
    for bucket in stages.indices { handOut(.updating, bucket, companion) }
  }

  // MARK: One bucket

  /// Takes a bucket as far as it goes now; whether anything was done.
  private func advance(
    _ bucket: Int, _ step: StepContext, _ communicator: any Communicator, _ companion: Companion
  ) throws -> Bool {
    let before = stages[bucket]
    switch before {
    case .waiting:
      guard isReported(bucket, step), bucket == 0 || stages[bucket - 1] > .addingShards else {
        return false
      }
      watch.bucketBegins()
      if bucket == 0 { try status.start(step, communicator) }
      if work.addsShards(bucket, step) {
        handOut(.addingShards, bucket, companion)
      } else {
        try send(bucket, step, communicator)
      }
      return true
    case .addingShards:
      let hasWorked = help(.addingShards, bucket, step)
      if work.isFinished(.addingShards, bucket) { try send(bucket, step, communicator) }
      return hasWorked || stages[bucket] != before
    case .sending:
      guard try hasArrived(bucket, communicator) else { return false }
      if work.unpacks(bucket) {
        handOut(.unpacking, bucket, companion)
      } else {
        use(bucket, companion)
      }
      return true
    case .unpacking:
      let hasWorked = help(.unpacking, bucket, step)
      if work.isFinished(.unpacking, bucket) { use(bucket, companion) }
      return hasWorked || stages[bucket] != before
    case .measuring:
      let hasWorked = help(.measuring, bucket, step)
      if work.isFinished(.measuring, bucket) { stages[bucket] = .measured }
      return hasWorked || stages[bucket] != before
    case .updating:
      let hasWorked = help(.updating, bucket, step)
      if work.isFinished(.updating, bucket), bucket == 0 || stages[bucket - 1] > .updating {
        pending[bucket] = try work.startReturning(bucket, communicator)
        stages[bucket] = .returning
      }
      return hasWorked || stages[bucket] != before
    case .returning:
      guard try hasArrived(bucket, communicator) else { return false }
      if work.appliesChanges {
        handOut(.applying, bucket, companion)
      } else {
        end(bucket)
      }
      return true
    case .applying:
      let hasWorked = help(.applying, bucket, step)
      if work.isFinished(.applying, bucket) { end(bucket) }
      return hasWorked || stages[bucket] != before
    case .measured, .done:
      return false
    }
  }

  private func send(
    _ bucket: Int, _ step: StepContext, _ communicator: any Communicator
  ) throws {
    pending[bucket] = try work.startSending(bucket, step, communicator)
    stages[bucket] = .sending
  }

  /// All that this rank needs for the gradients of its slice is there.
  private func use(_ bucket: Int, _ companion: Companion) {
    if work.norms != nil {
      handOut(.measuring, bucket, companion)
    } else {
      handOut(.updating, bucket, companion)
    }
  }

  private func end(_ bucket: Int) {
    stages[bucket] = .done
    watch.bucketEnds()
  }

  private func hasArrived(_ bucket: Int, _ communicator: any Communicator) throws -> Bool {
    while let operation = pending[bucket].last {
      guard try communicator.isFinished(operation) else { return false }
      pending[bucket].removeLast()
    }
    return true
  }

  private func isReported(_ bucket: Int, _ step: StepContext) -> Bool {
    work.progress.isFinished(
      exchange: step.exchange, bucket: overlaps ? bucket : stages.count - 1)
  }

  // MARK: Working along

  /// Blocks that this thread does before it looks at the other buckets again.
  private static let blocksAtOnce = 16
  /// Blocks for which it is worth waking workers that wait.
  private static let blocksToShare = 32

  /// Hands out the blocks of a pass to whoever has time.
  private func handOut(_ pass: BucketWork.Pass, _ bucket: Int, _ companion: Companion) {
    let blocks = work.handOut(pass, bucket)
    if blocks >= Self.blocksToShare { companion.wakeOthers() }
    stages[bucket] = Stage(pass)
  }

  /// Does some of these blocks; whether there were any.
  private func help(_ pass: BucketWork.Pass, _ bucket: Int, _ step: StepContext) -> Bool {
    for done in 0..<Self.blocksAtOnce
    where !work.work(pass, bucket, step, &sliceUpdate) {
      return done > 0
    }
    return true
  }
}
