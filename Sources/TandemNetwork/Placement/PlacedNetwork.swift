import TandemTensor

/// A network spread over the devices of a mesh: for each layer its placement and the part that each
/// device computes, and where devices exchange activations. All model groups are alike; they differ
/// in the images.
package struct PlacedNetwork: Sendable {
  package let graph: NetworkGraph
  package let mesh: Mesh
  package let parallelism: Parallelism
  /// The placed layers by the index of the node.
  package let layers: [PlacedLayer]
  /// The crossings in the order of the layers that need them.
  package let crossings: [Crossing]
  /// Those that bring slices of outputs together for the losses: of auxiliary branches, then the
  /// network's own.
  package let outputCrossings: [Crossing]

  /// One layer as the devices of a model group have it.
  package struct PlacedLayer: Hashable, Sendable {
    package let placement: Placement
    /// What each device computes.
    package let output: Distribution
    /// What each device reads of each input.
    package let inputs: [Distribution]
  }

  /// Places all layers. A pure function of its arguments.
  ///
  /// - Parameter parallelism: for the layers whose placement the network's description leaves open.
  /// - Throws: `PlacementError` for the first layer that cannot be placed so.
  package init(_ graph: NetworkGraph, mesh: Mesh, parallelism: Parallelism) throws {
    var pass = PlacementPass(graph, mesh: mesh, parallelism: parallelism)
    try pass.run()
    self.graph = graph
    self.mesh = mesh
    self.parallelism = parallelism
    layers = pass.layers
    crossings = pass.crossings()
    outputCrossings = pass.outputCrossings()
  }

  /// The output channels of a layer that a device computes.
  package func channels(ofNode node: Int, member: Int) -> ChannelSet {
    layers[node].output.channels(
      ofMember: member, of: graph.nodes[node].outputShape.channels)
  }

  /// The output of a layer as one device has it, without the batch axis: `[48, 55, 55]`.
  package func shape(ofNode node: Int, member: Int) -> Shape {
    let whole = graph.nodes[node].outputShape
    return Shape([channels(ofNode: node, member: member).count] + whole.dimensions.dropFirst())
  }

  /// Crossings before a layer.
  package func crossings(beforeNode node: Int) -> [Crossing] {
    crossings.filter { $0.readers.contains(node) }
  }
}
