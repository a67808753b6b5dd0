import TandemCollectives
import TandemExecution

/// How one device meets the others of its model group.
struct DeviceMeeting: Sendable {
  let member: Int
  /// The devices of the group on this rank.
  let local: MeetingPoint
  /// With those on other ranks; nil where there are none.
  let crossings: CrossingMeeting?
  /// Gradients of others that count as this device's, see `DeviceGradients.foreign`.
  let foreign: [Range<Int>]

  /// Waits until the segments of a crossing that this device reads are there.
  /// - Throws: `TeamError.abandoned` if another worker has failed.
  func meet(_ segments: [CrossingSegment], _ worker: Worker) throws {
    if let crossings {
      try crossings.meet(segments, member: member, worker: worker)
    } else {
      try local.meet(worker)
    }
  }

  /// Waits for the devices of this rank only: segments of others come when all of them ask for
  /// them.
  /// - Throws: `TeamError.abandoned` if another worker has failed.
  func meetLocally(_ worker: Worker) throws { try local.meet(worker) }

  /// Before the first gradients of a step: sums may have been left there.
  func clear(_ gradients: UnsafeMutablePointer<Float>) {
    for range in foreign {
      (gradients + range.lowerBound).update(repeating: 0, count: range.count)
    }
  }
}
