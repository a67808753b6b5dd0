import TandemNetwork
import TandemTensor

/// The segments of values that devices write for each other at each crossing, and where in the
/// memory of the group: the same for all devices of a group.
///
/// Devices that need the same of a giver read the same segment. What a device has already is never
/// written.
struct CrossingLayout: Sendable {
  struct Segment: Sendable {
    let giver: Int
    let takers: [Int]
    let part: CrossingPart
    /// Bytes after the start of the memory.
    let offset: Int
  }

  /// Segments of the value at each crossing, written by the devices that have it.
  let forward: [[Segment]]
  /// Segments of its gradient at each crossing, written by the devices that read the value.
  let backward: [[Segment]]
  let byteCount: Int

  /// - Parameter images: that each device has to itself.
  init(_ crossings: [Crossing], images: [Int]) {
    var end = 0
    let geometries = crossings.map { CrossingGeometry($0, images: images) }
    func place(_ geometry: CrossingGeometry, _ givers: Side, _ takers: Side) -> [Segment] {
      geometry.members.flatMap { giver in
        geometry.needs(of: giver, givers, takers).map { part, takers in
          defer {
            let elements = part.images.count * part.channels.count * geometry.elementsOfChannel
            end += ArenaPlacement.aligned(elements * MemoryLayout<Float>.size)
          }
          return Segment(giver: giver, takers: takers, part: part, offset: end)
        }
      }
    }
    forward = geometries.map { place($0, \.before, \.after) }
    backward = geometries.map { place($0, \.after, \.before) }
    byteCount = end
  }

  /// What devices have before a crossing, or after it.
  typealias Side = KeyPath<CrossingGeometry, [CrossingPart]>
}

extension ChannelSet {
  /// How many of these come before the first of some of them.
  func position(of range: Range<Int>) -> Int {
    ranges.reduce(0) { $0 + max(0, min($1.upperBound, range.lowerBound) - $1.lowerBound) }
  }
}
