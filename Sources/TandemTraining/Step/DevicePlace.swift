import Synchronization
import TandemCollectives
import TandemNetwork

/// Which device of a mesh a worker is: devices are numbered group by group, as workers are.
struct DevicePlace: Hashable, Sendable {
  /// The model group, which has a data part of its own.
  let group: Int
  let groups: Int
  /// The device within the group.
  let member: Int

  init(device: Int, mesh: Mesh) {
    group = device / mesh.model
    groups = mesh.data
    member = device % mesh.model
  }
}

/// Where the workers that are the devices of one model group meet.
///
/// Safe to share: the count of arrivals only grows.
final class MeetingPoint: Sendable {
  private let members: Int
  private let arrivals = Atomic<Int>(0)

  init(members: Int) {
    self.members = members
  }

  /// Waits until all members have come as often as this one.
  /// - Throws: `TeamError.abandoned` if another worker has failed.
  func meet(_ worker: Worker) throws {
    let arrival = arrivals.add(1, ordering: .acquiringAndReleasing).newValue
    let last = (arrival + members - 1) / members * members
    if arrival == last {
      worker.wakeOthers()
      return
    }
    try worker.wait { arrivals.load(ordering: .acquiring) >= last }
  }
}
