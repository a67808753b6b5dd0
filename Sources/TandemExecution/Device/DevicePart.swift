import TandemNetwork

/// What one device of a model group computes in a call of forward: its graph, and which images.
package struct DevicePart: Sendable {
  package let graph: DeviceGraph
  /// How many images of the data part each device of the group has to itself where layers are
  /// placed `.data`.
  package let images: [Int]
  let crossingLayout: CrossingLayout

  /// - Parameter images: see `images`; one number for each device of the group.
  package init(_ graph: DeviceGraph, images: [Int]) {
    precondition(images.count == graph.placed.mesh.model, "\(images.count) devices of a group")
    self.graph = graph
    self.images = images
    crossingLayout = CrossingLayout(graph.crossings, images: images)
  }

  /// Those that the device has to itself.
  package var ownImages: Range<Int> {
    let first = images.prefix(graph.member).reduce(0, +)
    return first..<first + images[graph.member]
  }
}
