import Synchronization
import TandemCollectives
import TandemExecution

/// Where the workers that are the devices of one model group meet.
///
/// Safe to share: the count of arrivals only grows.
final class MeetingPoint: Sendable {
  private let turns: Turns
  private let arrivals = Atomic<Int>(0)

  init(members: Int) {
    turns = Turns(members: members)
  }

  /// Waits until all members have come as often as this one.
  /// - Throws: `TeamError.abandoned` if another worker has failed.
  func meet(_ worker: Worker) throws {
    let arrival = arrivals.add(1, ordering: .acquiringAndReleasing).newValue
    let last = turns.last(of: arrival)
    if arrival == last {
      worker.wakeOthers()
      return
    }
    try worker.wait { arrivals.load(ordering: .acquiring) >= last }
  }
}

/// How one device meets the others of its model group.
struct DeviceMeeting: Sendable {
  let member: Int
  /// The devices of the group on this rank.
  let local: MeetingPoint
  /// With those on other ranks; nil where there are none.
  let crossings: CrossingExchange?
  /// Gradients of others that count as this device's, see `DeviceGradients.foreign`.
  let foreign: [Range<Int>]

  /// Waits until the pieces of a crossing that this device reads are there.
  /// - Throws: `TeamError.abandoned` if another worker has failed.
  func meet(_ pieces: [CrossingPiece], _ worker: Worker) throws {
    if let crossings {
      try crossings.meet(pieces, member: member, worker: worker)
    } else {
      try local.meet(worker)
    }
  }

  /// Waits for the devices of this rank only: pieces of others come when all of them ask for them.
  /// - Throws: `TeamError.abandoned` if another worker has failed.
  func meetLocally(_ worker: Worker) throws { try local.meet(worker) }

  /// Before the first gradients of a step: sums may have been left there.
  func clear(_ gradients: UnsafeMutablePointer<Float>) {
    for range in foreign {
      (gradients + range.lowerBound).update(repeating: 0, count: range.count)
    }
  }
}
