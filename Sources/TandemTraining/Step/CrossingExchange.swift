import Synchronization
import TandemCollectives
import TandemExecution

/// Where the devices of a model group that spans several ranks meet: the communication thread gives what
/// this rank's devices have put down to the ranks of those that read it, and gets what they have put down.
///
/// Every rank has devices of one such group, and all groups come to the same crossings in the same order.
///
/// Safe to share: `pieces` is written by the first of this rank's devices before it raises `arrivals`, and
/// read by the communication thread once all have; `operations` belong to the communication thread. What
/// devices have put down is not touched until `answers` is raised.
package final class CrossingExchange: @unchecked Sendable {
  private let rank: Int
  /// The devices of the group on each rank, as the group numbers them; none on the ranks of other groups.
  private let members: [Range<Int>]
  /// The group's memory on this rank.
  private let memory: UnsafeMutablePointer<Float>
  private var pieces: [CrossingPiece] = []
  /// How often a device of this rank has come, and how often they were answered.
  private let arrivals = Atomic<Int>(0)
  private let answers = Atomic<Int>(0)
  private var operations: [any PendingOperation] = []
  /// Bytes that this rank has sent.
  private let sent = Atomic<Int>(0)

  /// - Parameters:
  ///   - members: the devices of this rank's group on each rank.
  ///   - memory: of the group on this rank, where pieces are; must outlive this.
  package init(rank: Int, members: [Range<Int>], memory: UnsafeMutableRawPointer) {
    self.rank = rank
    self.members = members
    self.memory = memory.assumingMemoryBound(to: Float.self)
  }

  /// Waits until the pieces that this rank's devices read are in its memory. Called by the worker of each
  /// of them, in the same order.
  /// - Throws: `TeamError.abandoned` if another worker has failed.
  package func meet(_ pieces: [CrossingPiece], member: Int, worker: Worker) throws {
    if member == members[rank].lowerBound { self.pieces = pieces }
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

  /// Whether pieces are on their way.
  package var isUnderWay: Bool { !operations.isEmpty }

  /// Starts sending and receiving pieces, or goes on with it; called by the communication thread again and
  /// again.
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

  /// The bytes that this rank has sent since the last call.
  func takeBytesSent() -> Int { sent.exchange(0, ordering: .relaxed) }

  private func start(_ communicator: any Communicator) throws {
    let routes = CrossingRoutes(pieces, members: members)
    operations = try (0..<routes.rounds).map { round in
      let sends = routes.sends(of: rank, round: round)
      sent.add(sends.reduce(0) { $0 + $1.count } * MemoryLayout<Float>.size, ordering: .relaxed)
      return try communicator.startAllToAll(
        .crossings, from: memory, sends: sends, into: memory,
        receives: routes.receives(of: rank, round: round))
    }
  }
}

/// Which parts of the group's memory travel from which rank to which: a pure function, so that all ranks
/// agree on it.
package struct CrossingRoutes: Hashable, Sendable {
  /// By sender and receiver: ranges of elements, joined where they follow each other. In bfloat16 none
  /// are: small pieces would fill their places, larger ones not, and groups with other numbers of images
  /// have to come to as many operations.
  private let runs: [[[Range<Int>]]]

  package init(_ pieces: [CrossingPiece], members: [Range<Int>]) {
    runs = members.indices.map { sender in
      members.indices.map { receiver in
        if sender == receiver { return [] }
        return pieces.filter { piece in
          members[sender].contains(piece.giver)
            && piece.takers.contains { members[receiver].contains($0) }
        }.reduce(into: []) { runs, piece in
          let range = Self.elements(piece.bytes)
          if piece.fillsPlace, let last = runs.last,
            last.upperBound == range.lowerBound
          {
            runs[runs.count - 1] = last.lowerBound..<range.upperBound
          } else {
            runs.append(range)
          }
        }
      }
    }
  }

  /// All-to-all operations that it takes.
  package var rounds: Int { runs.joined().map(\.count).max() ?? 0 }

  /// To each rank.
  package func sends(of sender: Int, round: Int) -> [Range<Int>] {
    runs[sender].map { round < $0.count ? $0[round] : 0..<0 }
  }

  /// From each rank.
  package func receives(of receiver: Int, round: Int) -> [Range<Int>] {
    runs.map { round < $0[receiver].count ? $0[receiver][round] : 0..<0 }
  }

  /// Whole cache lines of 64 bytes: pieces begin with one, and nothing else is in the rest of their last.
  private static func elements(_ bytes: Range<Int>) -> Range<Int> {
    let size = MemoryLayout<Float>.size
    let line = 16 * size
    return bytes.lowerBound / size..<(bytes.upperBound + line - 1) / line * 16
  }
}
