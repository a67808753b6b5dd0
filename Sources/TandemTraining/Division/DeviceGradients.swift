import TandemCollectives
import TandemNetwork

/// Which devices of a mesh have gradients of which elements of the arena.
package struct DeviceGradients: Sendable {
  /// Those of all devices, or, in a layer that is cut into slices, those of one device of each
  /// model group. In ascending order, together all of the gradients' arena; they begin and end with
  /// whole cache lines.
  package let sources: [GradientSource]
  /// Elements, for each device of a model group, that count as gradients of all devices although
  /// this one has none there. They must be 0.
  ///
  /// Slices that do not begin with a cache line, of small layers, are among them: no two ranks
  /// could send or receive parts of one line.
  package let foreign: [[Range<Int>]]

  /// - Throws: `PlacementError`.
  package init(_ placed: PlacedNetwork) throws {
    let mesh = placed.mesh
    let layout = placed.graph.parameterLayout.changing
    var slices: [String: [(range: Range<Int>, member: Int)]] = [:]
    for member in 0..<mesh.model {
      let device = try DeviceGraph(placed, member: member)
      for entry in device.graph.parameterLayout.entries {
        slices[entry.name, default: []].append((entry.range, member))
      }
    }
    let all = Array(0..<mesh.devices)
    var sources: [GradientSource] = []
    var foreign: [[Range<Int>]] = Array(repeating: [], count: mesh.model)
    var end = 0
    func append(upTo bound: Int, _ shards: [Int]) {
      if bound > end { sources.append(GradientSource(range: end..<bound, shards: shards)) }
      end = bound
    }
    for (entry, paddedCount) in zip(layout.entries, layout.paddedElementCounts) {
      let parts = (slices[entry.name] ?? []).sorted { $0.range.lowerBound < $1.range.lowerBound }
      if parts.allSatisfy({ $0.range == entry.range }) { continue }
      if parts.contains(where: { $0.range.lowerBound % Self.lineElements != 0 }) {
        for member in 0..<mesh.model {
          let own = parts.filter { $0.member == member }.map(\.range)
          foreign[member] += Self.gaps(of: own, in: entry.range)
        }
        continue
      }
      append(upTo: entry.offset, all)
      for (index, part) in parts.enumerated() {
        // What is left of the last line belongs to the last slice.
        let bound =
          index + 1 < parts.count
          ? parts[index + 1].range.lowerBound : entry.offset + paddedCount
        append(upTo: bound, all.filter { $0 % mesh.model == part.member })
      }
    }
    append(upTo: layout.elementCount, all)
    self.sources = sources
    self.foreign = foreign
  }

  private static let lineElements = 16

  private static func gaps(of ranges: [Range<Int>], in whole: Range<Int>) -> [Range<Int>] {
    var gaps: [Range<Int>] = []
    var start = whole.lowerBound
    for range in ranges + [whole.upperBound..<whole.upperBound] {
      if range.lowerBound > start { gaps.append(start..<range.lowerBound) }
      start = range.upperBound
    }
    return gaps
  }
}

extension Buckets {
  /// Buckets that have gradients of one source each.
  package static func cut(_ buckets: [Range<Int>], at sources: [GradientSource]) -> [Range<Int>] {
    if sources.isEmpty { return buckets }
    return buckets.flatMap { bucket in
      sources.map { $0.range.clamped(to: bucket) }.filter { !$0.isEmpty }
    }
  }
}
