import Synchronization
import TandemCollectives
import TandemExecution

/// Where the devices of a model group that spans several ranks meet: the communication thread gives
/// what this rank's devices have written to the ranks of those that read it, and gets what they
/// have written.
///
/// Every rank has devices of one such group, and all groups come to the same crossings in the same
/// order.
///
/// Safe to share: `segments` is written by the first of this rank's devices before it raises
/// `arrivals`, and read by the communication thread once all have; `operations` belong to the
/// communication thread. What devices have written is not touched until `answers` is raised.
package final class CrossingMeeting: CommunicationClient, @unchecked Sendable {
  private let rank: Int
  /// The devices of the group on each rank, as the group numbers them; none on the ranks of other
  /// groups.
  private let members: [Range<Int>]
  /// The group's memory on this rank.
  private let memory: UnsafeMutablePointer<Float>
  private var segments: [CrossingSegment] = []
  /// How often a device of this rank has come, and how often they were answered.
  private let arrivals = Atomic<Int>(0)
  private let answers = Atomic<Int>(0)
  private var operations: [any PendingOperation] = []
  /// Bytes that this rank has sent since somebody has asked.
  private let sent = Atomic<Int>(0)

  /// - Parameters:
  ///   - members: the devices of this rank's group on each rank.
  ///   - memory: of the group on this rank, where segments are; must outlive this.
  package init(rank: Int, members: [Range<Int>], memory: UnsafeMutableRawPointer) {
    self.rank = rank
    self.members = members
    self.memory = memory.assumingMemoryBound(to: Float.self)
  }

  /// Waits until the segments that this rank's devices read are in its memory. Called by the worker
  /// of each of them, in the same order.
  /// - Throws: `TeamError.abandoned` if another worker has failed.
  package func meet(_ segments: [CrossingSegment], member: Int, worker: Worker) throws {
    if member == members[rank].lowerBound { self.segments = segments }
    let turn = answers.load(ordering: .acquiring)
    let come = arrivals.add(1, ordering: .acquiringAndReleasing).newValue
    if come == (turn + 1) * members[rank].count { worker.wakeOthers() }
    try worker.wait { answers.load(ordering: .acquiring) > turn }
  }

  /// Whether all devices of this rank have come to a crossing.
  package var isAsked: Bool {
    operations.isEmpty
      && arrivals.load(ordering: .acquiring)
        == (answers.load(ordering: .relaxed) + 1) * members[rank].count
  }

  /// Whether segments are on their way.
  package var isUnderWay: Bool { !operations.isEmpty }

  package func isAskedFor(_ step: StepContext) -> Bool { isAsked }

  /// While devices wait at a crossing nobody computes.
  package func isUrgent(_ step: StepContext) -> Bool { isUnderWay }

  package func advance(
    _ step: StepContext, _ communicator: any Communicator, _ companion: Companion
  ) throws -> Bool {
    try advance(communicator, companion: companion)
  }

  package func takeBytesSent(_ step: StepContext) -> Int { sent.exchange(0, ordering: .relaxed) }

  /// Starts sending and receiving segments, or goes on with it; called by the communication thread
  /// again and again.
  /// - Returns: whether anything has happened.
  package func advance(_ communicator: any Communicator, companion: Companion) throws -> Bool {
    if operations.isEmpty {
      guard isAsked else { return false }
      try start(communicator)
      // Nothing may have to leave this rank.
      if !operations.isEmpty { return true }
    }
    while let operation = operations.last {
      guard try communicator.isFinished(operation) else { return false }
      operations.removeLast()
    }
    answers.add(1, ordering: .acquiringAndReleasing)
    companion.wakeOthers()
    return true
  }

  private func start(_ communicator: any Communicator) throws {
    let routes = CrossingRoutes(segments, members: members)
    operations = try (0..<routes.rounds).map { round in
      let sends = routes.sends(of: rank, round: round)
      sent.add(sends.reduce(0) { $0 + $1.count } * MemoryLayout<Float>.size, ordering: .relaxed)
      return try communicator.startAllToAll(
        .crossings, from: memory, sends: sends, into: memory,
        receives: routes.receives(of: rank, round: round))
    }
  }
}
