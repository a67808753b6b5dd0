import TandemCollectives
import TandemNetwork

extension PlacedNetwork {
  /// Whose gradients an element of the arena has: those of all devices, or, in a layer that is cut into
  /// slices, those of one device of each model group. In ascending order, together all of the arena.
  ///
  /// - Throws: `PlacementError`.
  func gradientSources() throws -> [GradientSource] {
    let all = Array(0..<mesh.devices)
    var sliced: [(range: Range<Int>, member: Int)] = []
    for member in 0..<mesh.model {
      let device = try DeviceGraph(self, member: member)
      for entry in device.graph.parameterLayout.entries {
        let whole = graph.parameterLayout.entries.first { $0.name == entry.name }
        if entry.elementCount != whole?.elementCount { sliced.append((entry.range, member)) }
      }
    }
    var sources: [GradientSource] = []
    var end = 0
    func append(_ range: Range<Int>, _ shards: [Int]) {
      if range.isEmpty { return }
      sources.append(GradientSource(range: range, shards: shards))
    }
    for (range, member) in sliced.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      append(end..<range.lowerBound, all)
      append(range, all.filter { $0 % mesh.model == member })
      end = range.upperBound
    }
    append(end..<graph.parameterLayout.elementCount, all)
    return sources
  }
}
