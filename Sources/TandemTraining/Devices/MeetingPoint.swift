import Synchronization
import TandemCollectives

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
