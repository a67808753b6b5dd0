import TandemNetwork
import TandemTensor

/// Memory that the devices of a model group share: what each of them puts down for the others at each
/// crossing, forward and backward.
///
/// Safe to share because of who may touch what, and when: a device writes its own pieces, before it meets
/// the others (`Replica.meet`), and the others read them after that; it writes them again in the next call
/// of forward or backward, before which the caller lets all devices meet.
public final class CrossingMemory: Sendable {
  let arena: MemoryArena

  /// - Parameter plans: of any devices of the group.
  /// - Throws: `MemoryError.outOfMemory`.
  public init(for plans: [Plan]) throws {
    arena = try MemoryArena(
      byteCount: plans.map(\.crossingBytes).max() ?? 0, purpose: "crossings of a model group")
  }
}

/// Where the pieces are in that memory: the same for all devices of a group.
struct CrossingLayout: Sendable {
  /// The first byte of each piece, by crossing, pass and device.
  private let offsets: [[[Int]]]
  let byteCount: Int

  init(_ crossings: [Crossing], images: [Int]) {
    var end = 0
    func place(elements: Int) -> Int {
      defer { end += ArenaPlacement.aligned(elements * MemoryLayout<Float>.size) }
      return end
    }
    let all = images.reduce(0, +)
    offsets = crossings.map { crossing in
      [crossing.from, crossing.to].map { distribution in
        images.indices.map { member in
          let channels = distribution.channels(ofMember: member, of: crossing.shape[0]).count
          return place(
            elements: (distribution == .images ? images[member] : all) * channels
              * (crossing.shape.elementCount / crossing.shape[0]))
        }
      }
    }
    byteCount = end
  }

  /// What a device has of the value: forward.
  func held(_ crossing: Int, member: Int) -> Int { offsets[crossing][0][member] }

  /// The gradient of what a device has got: backward.
  func returned(_ crossing: Int, member: Int) -> Int { offsets[crossing][1][member] }
}
