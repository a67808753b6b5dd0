import Synchronization
import TandemCollectives
import TandemExecution
import TandemNetwork

/// Which device of a mesh a worker is: devices are numbered group by group, as the workers of all ranks are.
struct DevicePlace: Hashable, Sendable {
  /// The device within its model group.
  let member: Int
  /// The group among those that have devices on this rank.
  let group: Int

  init(worker: Int, _ devices: RankDevices) {
    let device = devices.own.lowerBound + worker
    member = device % devices.mesh.model
    group = device / devices.mesh.model - devices.own.lowerBound / devices.mesh.model
  }
}

/// The devices of a mesh on the ranks of a job. A rank has whole model groups, or is part of one with other
/// ranks.
struct RankDevices: Hashable, Sendable {
  let mesh: Mesh
  private let rank: Int
  /// As many on all ranks.
  private let devicesOfRank: Int

  /// - Throws: `TrainingError.mesh` if ranks have different numbers of workers, or their groups would
  ///   end in the midst of a rank.
  init(_ mesh: Mesh, rank: Int, workersOfRanks: [Int]) throws {
    let workers = workersOfRanks[rank]
    if let other = workersOfRanks.indices.first(where: { workersOfRanks[$0] != workersOfRanks[0] })
    {
      throw TrainingError.mesh(
        problem: "a mesh \(mesh) takes as many workers on each rank, but rank 0 has "
          + "\(workersOfRanks[0]) and rank \(other) has \(workersOfRanks[other])",
        remedy: "use the same --workers on all ranks")
    }
    guard workers % mesh.model == 0 || mesh.model % workers == 0 else {
      throw TrainingError.mesh(
        problem: "the \(workers) workers of a rank are neither whole model groups of \(mesh.model) "
          + "devices nor an even part of one",
        remedy: "use --workers that divide \(mesh.model), or a multiple of it")
    }
    self.mesh = mesh
    self.rank = rank
    devicesOfRank = workers
  }

  /// Those of this rank.
  var own: Range<Int> { devices(ofRank: rank) }

  /// Model groups that have devices on this rank.
  var groups: Int { max(1, devicesOfRank / mesh.model) }

  /// Devices of a group on this rank.
  var membersHere: Int { min(mesh.model, devicesOfRank) }

  /// Whether groups span several ranks, so that activations travel between ranks.
  var crossRanks: Bool { devicesOfRank < mesh.model }

  /// The devices of this rank's group on each of `ranks` ranks, as the group numbers them; none on ranks of
  /// other groups. Where groups span ranks.
  func members(ranks: Int) -> [Range<Int>] {
    let first = own.lowerBound / mesh.model * mesh.model
    return (0..<ranks).map { rank in
      let devices = devices(ofRank: rank)
      return first..<first + mesh.model ~= devices.lowerBound
        ? devices.lowerBound - first..<devices.upperBound - first : 0..<0
    }
  }

  private func devices(ofRank rank: Int) -> Range<Int> {
    rank * devicesOfRank..<(rank + 1) * devicesOfRank
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
