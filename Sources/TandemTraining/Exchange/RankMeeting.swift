import Synchronization
import TandemCollectives

/// Where the workers of ranks that share memory meet, without messages, and what they tell each
/// other.
///
/// Safe to share: `arrivals` is atomic and only grows; a rank's signals are written by its
/// first worker before a meeting, and a shard's loss by the worker that has the shard; all read
/// them after it, and nobody writes them again before the next meeting. `waiting` belongs to this
/// process, `seenArrivals` to its communication thread.
package final class RankMeeting: @unchecked Sendable {
  private static let lineBytes = 64

  private let memory: UnsafeMutableRawPointer
  private let rank: Int
  private let ranks: Int
  private let turns: Turns
  /// Workers of this rank that wait for others.
  private let waiting = Atomic<Int>(0)
  private var seenArrivals = 0

  /// The bytes that it takes.
  static func byteCount(ranks: Int, shards: Int) -> Int {
    (1 + ranks) * lineBytes + shards * MemoryLayout<LossSum>.stride
  }

  /// - Parameters:
  ///   - memory: zeroed, the same for all ranks; must outlive this.
  ///   - workers: of all ranks together.
  init(memory: UnsafeMutableRawPointer, rank: Int, ranks: Int, workers: Int) {
    turns = Turns(members: workers)
    self.memory = memory
    self.rank = rank
    self.ranks = ranks
  }

  /// The losses of all shards, in their order.
  package var losses: UnsafeMutablePointer<LossSum> {
    (memory + (1 + ranks) * Self.lineBytes).assumingMemoryBound(to: LossSum.self)
  }

  private var arrivals: UnsafeMutablePointer<Atomic<Int>> {
    memory.assumingMemoryBound(to: Atomic<Int>.self)
  }

  private func signals(_ rank: Int) -> UnsafeMutablePointer<StepSignals> {
    (memory + (1 + rank) * Self.lineBytes).assumingMemoryBound(to: StepSignals.self)
  }

  /// Says what this rank was asked for.
  func tell(_ signals: StepSignals) { self.signals(rank).pointee = signals }

  /// What any of the ranks was asked for.
  var signals: StepSignals {
    (0..<ranks).reduce(into: []) { $0.formUnion(signals($1).pointee) }
  }

  /// Waits until all workers of all ranks have come as often as this one.
  /// - Throws: `TeamError.abandoned` if another worker of this rank has failed; where a worker of
  ///   another rank has, the job ends.
  func meet(_ worker: Worker) throws {
    let arrival = arrivals.pointee.add(1, ordering: .acquiringAndReleasing).newValue
    let last = turns.last(of: arrival)
    if arrival == last { return }
    waiting.add(1, ordering: .relaxed)
    defer { waiting.subtract(1, ordering: .relaxed) }
    try worker.poll { arrivals.pointee.load(ordering: .acquiring) >= last }
  }

  /// Whether a worker of this rank waits, and nobody has come since this was asked the last time.
  /// For the communication thread, which tells others so.
  func isStuck() -> Bool {
    let seen = arrivals.pointee.load(ordering: .relaxed)
    defer { seenArrivals = seen }
    return waiting.load(ordering: .relaxed) > 0 && seen == seenArrivals
  }
}
