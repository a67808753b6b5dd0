import TandemNetwork
import TandemTensor

/// What the devices of a group have of a value before and after a crossing.
struct CrossingGeometry: Sendable {
  let before: [CrossingPart]
  let after: [CrossingPart]
  let shape: Shape

  /// - Parameter images: that each device has to itself.
  init(_ crossing: Crossing, images: [Int]) {
    shape = crossing.shape
    let bounds = images.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    func part(_ distribution: Distribution, _ member: Int) -> CrossingPart {
      CrossingPart(
        images: distribution == .images
          ? bounds[member]..<bounds[member + 1] : 0..<bounds[images.count],
        channels: distribution.channels(ofMember: member, of: crossing.shape[0]))
    }
    before = images.indices.map { part(crossing.from, $0) }
    after = images.indices.map { part(crossing.to, $0) }
  }

  var members: Range<Int> { before.indices }

  /// Elements of one channel of one image.
  var elementsOfChannel: Int { shape.elementCount / shape[0] }

  /// The parts of a giver that others need, and who needs each.
  func needs(
    of giver: Int, _ givers: CrossingLayout.Side, _ takers: CrossingLayout.Side
  ) -> [(part: CrossingPart, takers: [Int])] {
    var needs: [(part: CrossingPart, takers: [Int])] = []
    for taker in members where taker != giver {
      let part = self[keyPath: givers][giver].intersection(self[keyPath: takers][taker])
      if part.isEmpty { continue }
      if let known = needs.firstIndex(where: { $0.part == part }) {
        needs[known].takers.append(taker)
      } else {
        needs.append((part, [taker]))
      }
    }
    return needs
  }

  /// Blocks of channels where no segment begins or ends within a block, else plain order.
  func format(_ part: CrossingPart, _ type: ElementType) throws -> MemoryDescriptor {
    let shape = Shape([part.channels.count] + shape.dimensions.dropFirst())
    return try .blocked(shape.batched(part.images.count), block: block, type)
  }

  /// Channels that oneDNN keeps together in most formats of maps.
  private static let block = 16

  private var block: Int {
    let bounds = (before + after).flatMap(\.channels.ranges)
      .flatMap { [$0.lowerBound, $0.upperBound] }
    let fits = shape.rank == 3 && bounds.allSatisfy { $0 % Self.block == 0 }
    return fits ? Self.block : 1
  }

  /// The windows that two parts have in common: shape, and where they begin in each.
  func windows(
    _ a: CrossingPart, _ b: CrossingPart
  ) -> [(shape: Shape, inA: [Int], inB: [Int])] {
    let images = a.images.clamped(to: b.images)
    if images.isEmpty { return [] }
    let rest = shape.dimensions.dropFirst()
    return a.channels.intersection(b.channels).ranges.map { common in
      (
        shape: Shape([images.count, common.count] + rest),
        inA: [images.lowerBound - a.images.lowerBound, a.channels.position(of: common)]
          + rest.map { _ in 0 },
        inB: [images.lowerBound - b.images.lowerBound, b.channels.position(of: common)]
          + rest.map { _ in 0 }
      )
    }
  }
}
