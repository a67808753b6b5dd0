import Dispatch
import TandemCollectives
import TandemExecution

/// Chosen where all ranks share memory and a step takes one exchange: each worker of each rank owns
/// a slice of every bucket, which it sums and updates between two meetings of all workers.
/// `GradientExchange` has the whole story.
///
/// Steps of networks that are small enough for it take a millisecond or less, so there is nothing
/// to gain from beginning before backward ends; and waking the communication thread several times
/// would show.
///
/// Ownership: belongs to one worker; what it shares with others is in `TrainingMemory` and
/// `RankMeeting`.
package struct SharedMemoryExchange: GradientExchange {
  private let memory: TrainingMemory
  private let meeting: RankMeeting
  private let layout: RankLayout
  private let buckets: [Range<Int>]
  private var shardSum: ShardSum
  private var sliceUpdate: SliceUpdate

  /// - Parameter update: the worker's own.
  package init(
    memory: TrainingMemory, meeting: RankMeeting, layout: RankLayout, buckets: [Range<Int>],
    update: SliceUpdate
  ) {
    guard let gradients = memory.sharedGradients else {
      preconditionFailure("ranks share their gradients")
    }
    self.memory = memory
    self.meeting = meeting
    self.layout = layout
    self.buckets = buckets
    shardSum = ShardSum(shards: gradients.map { UnsafePointer($0.floats()) }, wire: update.wire)
    sliceUpdate = update
  }

  package mutating func run(
    _ step: StepContext, worker: Worker, stopRequest: StopRequest
  ) throws -> StepOutcome {
    let start = DispatchTime.now()
    if worker.index == 0 { meeting.tell(stopRequest.stepSignals) }
    try meeting.meet(worker)
    for bucket in buckets {
      Blocks.forEach(of: layout.slice(of: bucket, ofWorker: worker.index)) { block in
        sliceUpdate.update(block, &shardSum, step)
      }
    }
    // No loss is overwritten, and no request either, before all have come to the end.
    let losses = (0..<step.activeShards).reduce(LossSum()) { $0 + meeting.losses[$1] }
    let signals = meeting.signals
    try meeting.meet(worker)
    let seconds = start.secondsToNow
    return StepOutcome(
      losses: losses, signals: signals,
      figures: ExchangeFigures(secondsExchanging: seconds, secondsExposed: seconds))
  }
}
