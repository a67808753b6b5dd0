import Dispatch
import TandemCollectives
import TandemExecution

/// One worker's part of exchanging the gradients of a step where ranks share memory, as `LocalExchange` does
/// it within one rank: when all workers of all ranks have finished their gradients, each adds up what all
/// shards have for its slice of every bucket, and updates the parameters of that slice.
///
/// Steps of networks that are small enough for it take a millisecond or less, so there is nothing to gain from
/// beginning before backward ends; and waking the communication thread several times would show.
///
/// Ownership: belongs to one worker; what it shares with others is in `TrainingMemory` and `RankMeeting`.
package struct SharedExchange: WorkerExchange {
  private let memory: TrainingMemory
  private let meeting: RankMeeting
  private let owners: SliceOwners
  private let buckets: [Range<Int>]
  private var shardSum: ShardSum
  private var sliceUpdate: SliceUpdate

  /// - Parameters:
  ///   - wire: decides what is rounded, although nothing is sent.
  ///   - timeline: notes when parameters are updated.
  /// - Throws: `MemoryError.outOfMemory`.
  package init(
    memory: TrainingMemory, meeting: RankMeeting, owners: SliceOwners, buckets: [Range<Int>],
    optimizer: AnyOptimizer, wire: WireFormat, timeline: Timeline? = nil
  ) throws {
    guard let gradients = memory.sharedGradients else {
      preconditionFailure("ranks share their gradients")
    }
    self.memory = memory
    self.meeting = meeting
    self.owners = owners
    self.buckets = buckets
    shardSum = ShardSum(shards: gradients.map { UnsafePointer($0.floats()) }, wire: wire)
    sliceUpdate = try SliceUpdate(memory, optimizer, wire: wire, timeline: timeline)
  }

  package mutating func run(
    _ step: StepContext, worker: Worker, stopRequest: StopRequest
  ) throws -> StepOutcome {
    let start = DispatchTime.now()
    if worker.index == 0 { meeting.tell(stops: stopRequest.isRequested) }
    try meeting.meet(worker, totalWorkers: owners.totalWorkers)
    for bucket in buckets {
      ExchangeBlocks.forEach(of: owners.slice(of: bucket, worker: worker.index)) { block in
        sliceUpdate.update(block, &shardSum, step)
      }
    }
    // No loss is overwritten, and no request either, before all have come to the end.
    let losses = (0..<step.activeShards).reduce(LossSum()) { $0 + meeting.losses[$1] }
    let stops = meeting.stops
    try meeting.meet(worker, totalWorkers: owners.totalWorkers)
    let seconds = start.secondsToNow
    return StepOutcome(
      losses: losses, stops: stops,
      figures: ExchangeFigures(secondsExchanging: seconds, secondsExposed: seconds))
  }
}

/// Which slice of a bucket each worker of all ranks owns.
package struct SliceOwners: Sendable {
  private let rank: Int
  private let workersOfRanks: [Int]

  package init(_ layout: RankLayout) {
    rank = layout.rank
    workersOfRanks = layout.workersOfRanks
  }

  var totalWorkers: Int { workersOfRanks.reduce(0, +) }

  /// Of a worker of this rank.
  func slice(of bucket: Range<Int>, worker: Int) -> Range<Int> {
    Buckets.slice(
      of: bucket, owner: workersOfRanks.prefix(rank).reduce(0, +) + worker, owners: totalWorkers)
  }

  /// What all workers of each rank have together.
  func parts(of bucket: Range<Int>) -> [Range<Int>] {
    var first = 0
    return workersOfRanks.map { workers in
      defer { first += workers }
      func slice(_ owner: Int) -> Range<Int> {
        Buckets.slice(of: bucket, owner: owner, owners: totalWorkers)
      }
      return slice(first).lowerBound..<slice(first + workers - 1).upperBound
    }
  }
}
