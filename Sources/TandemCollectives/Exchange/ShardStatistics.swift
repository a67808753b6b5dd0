import Synchronization

/// Sums of a few numbers over logical shards in the midst of a step, while workers are in forward
/// or backward: what a batch normalization needs that normalizes over more images than one shard
/// has (synchronized batch normalization, as `torch.nn.SyncBatchNorm`).
///
/// Each shard gives its numbers and gets the sum over its group of consecutive shards, added in
/// their order, so that it is the same for any split over workers and ranks. Workers wait for each
/// other in it, so each shard that has images needs a worker of its own.
///
/// Safe to share: `own` is written shard by shard by the workers, each its own slot, before they
/// raise `arrivals`, and read by whoever sees all of them there; `all` is written by that one
/// thread (the communication thread, or the last worker where there is one rank) before it raises
/// `answers`, and read by workers until they arrive the next time.
package final class ShardStatistics: @unchecked Sendable {
  /// Numbers that a shard can give at once, at most.
  package let capacity: Int
  /// How often each shard asks in a step.
  package let questionsPerStep: Int
  /// Consecutive shards that are summed; the last group may have fewer.
  package let groupSize: Int
  private let rank: Int
  /// The shards of each rank.
  private let shards: [Range<Int>]
  /// Numbers from each rank: those of its shards one after the other, as many slots on all ranks.
  private let slots: Int
  private let own: UnsafeMutableBufferPointer<Double>
  private let all: UnsafeMutableBufferPointer<Double>
  /// How often a shard of this rank has come, and how often the shards were answered.
  private let arrivals = Atomic<Int>(0)
  private let answers = Atomic<Int>(0)
  private var operation: (any PendingOperation)?
  /// Shards that came to the questions that were answered.
  private var answeredArrivals = 0
  private var questionsOfStep = 0

  /// - Parameters:
  ///   - shards: of each rank, consecutive.
  ///   - questionsPerStep: how often each shard calls `sum` in a step.
  ///   - groupSize: nil for all shards.
  package init(
    rank: Int, shards: [Range<Int>], capacity: Int, questionsPerStep: Int, groupSize: Int? = nil
  ) {
    let total = shards.last?.upperBound ?? 0
    let groupSize = groupSize ?? total
    precondition(groupSize > 0 && capacity > 0, "\(capacity) numbers of \(groupSize) shards")
    self.rank = rank
    self.shards = shards
    self.capacity = capacity
    self.questionsPerStep = questionsPerStep
    self.groupSize = groupSize
    slots = shards.map(\.count).max() ?? 0
    own = .allocate(capacity: slots * capacity)
    own.initialize(repeating: 0)
    all = .allocate(capacity: shards.count * slots * capacity)
    all.initialize(repeating: 0)
  }

  deinit {
    // An operation that is given up, because the job ends, may still write there.
    if operation != nil { return }
    own.deallocate()
    all.deallocate()
  }

  /// Replaces a shard's numbers by their sums over the shard's group. Called by the shard's worker;
  /// all shards with images make the same calls in the same order.
  ///
  /// - Parameter activeShards: the first so many have images.
  /// - Throws: `TeamError.abandoned`.
  package func sum(
    _ values: UnsafeMutableBufferPointer<Double>, shard: Int, activeShards: Int, worker: Worker
  ) throws {
    precondition(values.count <= capacity, "\(values.count) numbers, made for \(capacity)")
    let local = shards[rank].clamped(to: 0..<activeShards)
    let slot = shard - shards[rank].lowerBound
    for (index, value) in values.enumerated() { own[slot * capacity + index] = value }
    let question = answers.load(ordering: .acquiring)
    // Read before this shard has come: afterwards the communication thread may change it.
    let complete = answeredArrivals + local.count
    if arrivals.add(1, ordering: .acquiringAndReleasing).newValue == complete {
      if shards.count == 1 {
        UnsafeMutableRawBufferPointer(all).copyMemory(from: UnsafeRawBufferPointer(own))
        answer(activeShards)
      }
      worker.wakeOthers()
    }
    try worker.wait { answers.load(ordering: .acquiring) > question }
    let group = shard / groupSize
    let members = (group * groupSize..<(group + 1) * groupSize).clamped(to: 0..<activeShards)
    for index in values.indices {
      values[index] = members.reduce(0) { $0 + self[shard: $1, index] }
    }
  }

  /// Begins a step; called by the communication thread, which alone calls all that follows.
  package func beginStep() { questionsOfStep = 0 }

  /// Whether it is time to get the numbers of all ranks: all shards of this rank have given theirs.
  /// A rank whose shards have no images has none to wait for, but takes part.
  package func isAsked(activeShards: Int) -> Bool {
    guard operation == nil, questionsOfStep < questionsPerStep else { return false }
    let local = shards[rank].clamped(to: 0..<activeShards).count
    return local == 0 || arrivals.load(ordering: .acquiring) == answeredArrivals + local
  }

  /// Whether numbers are on their way between the ranks.
  package var isUnderWay: Bool { operation != nil }

  /// Starts getting the numbers of all ranks, or goes on with it; to be called again and again.
  /// - Returns: whether anything has happened.
  package func advance(
    _ communicator: any Communicator, companion: Companion, activeShards: Int
  ) throws -> Bool {
    if let operation {
      guard try communicator.isFinished(operation) else { return false }
      self.operation = nil
      answer(activeShards)
      companion.wakeOthers()
      return true
    }
    guard isAsked(activeShards: activeShards) else { return false }
    questionsOfStep += 1
    operation = try communicator.startAllGather(
      .statistics, own: UnsafeRawBufferPointer(own), all: UnsafeMutableRawBufferPointer(all))
    return true
  }

  private func answer(_ activeShards: Int) {
    answeredArrivals += shards[rank].clamped(to: 0..<activeShards).count
    answers.add(1, ordering: .acquiringAndReleasing)
  }

  private subscript(shard shard: Int, index: Int) -> Double {
    // Few ranks: a search costs nothing beside the wait before it.
    let rank = shards.firstIndex { $0.contains(shard) } ?? 0
    return all[(rank * slots + shard - shards[rank].lowerBound) * capacity + index]
  }
}
