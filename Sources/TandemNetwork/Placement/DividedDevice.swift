import TandemTensor

/// A device's part of a network cut in two where images of its own become images of all devices: so
/// that what is behind can compute a mini-batch in pieces (`StepSetting.pieces`).
package struct DividedDevice: Sendable {
  /// What the device computes for images of its own. Its output is the value that crosses.
  package let front: NetworkGraph
  /// What it computes for images of all devices. Its input is that value, of images of its own, and
  /// its first node the crossing.
  package let back: DeviceGraph

  /// - Throws: `PlacementError` for the first layer with which a network cannot be cut so.
  package init(_ device: DeviceGraph) throws {
    let boundary = try Cut(device).boundary()
    let layout = device.graph.parameterLayout
    let ofFront = layout.entries.filter { $0.nodeIndex < boundary }
    let whole = device.graph
    front = NetworkGraph(
      name: whole.name, inputShape: whole.inputShape, nodes: Array(whole.nodes[..<boundary]),
      parameterLayout: ParameterLayout(entries: ofFront, of: layout))
    // Backward finishes gradients from the arena's beginning; those of the front come later.
    let end = ofFront.first(where: \.isTrained)?.offset ?? layout.trainedElementCount
    back = DeviceGraph(device, from: boundary, gradientsUpTo: end)
  }
}

extension PlacedNetwork {
  /// Makes sure that dense layers can compute a mini-batch in pieces.
  /// - Throws: `PlacementError` for the first layer that is in the way.
  package func checkPieces() throws {
    _ = try DividedDevice(DeviceGraph(self, member: 0))
  }
}

/// Looks for the place where a device's graph can be cut.
private struct Cut {
  private let device: DeviceGraph

  init(_ device: DeviceGraph) {
    self.device = device
  }

  private var nodes: [NetworkGraph.Node] { device.graph.nodes }

  /// The node of the crossing: those before it have images of their own.
  func boundary() throws -> Int {
    let whole = device.placed.graph
    if let output = whole.auxiliaryOutputs.first {
      throw error(
        whole.nodes[output.node], "the auxiliary output here needs images that are not of one piece"
      )
    }
    guard let boundary = nodes.firstIndex(where: { crossing(at: $0)?.from == .images }) else {
      throw error(
        whole.nodes[whole.nodes.count - 1],
        "no images of a device's own are brought together before it, which pieces are made of",
        remedy: "use `parallelism` hybrid with a network of convolutions and dense layers")
    }
    precondition(
      boundary > 0 && nodes[boundary].inputs == [.node(boundary - 1)],
      "a crossing follows what crosses")
    for node in nodes {
      if node.index < boundary {
        try check(front: node)
      } else if node.index > boundary {
        try check(back: node, boundary: boundary)
      }
    }
    return boundary
  }

  private func crossing(at node: NetworkGraph.Node) -> Crossing? {
    (node.layer as? CrossingLayer).map { device.crossings[$0.crossing] }
  }

  private func check(front node: NetworkGraph.Node) throws {
    if device.hasOwnImages[node.index] { return }
    throw error(node, "it computes all images before others compute a device's own")
  }

  private func check(back node: NetworkGraph.Node, boundary: Int) throws {
    // A crossing to images of one's own has a reader, which has a name that the user knows.
    if device.hasOwnImages[node.index], crossing(at: node) == nil {
      throw error(node, "it computes a device's own images behind layers that compute all")
    }
    if node.layer.needsWholeBatch {
      throw error(node, "it normalizes over all images, of which a piece has a part")
    }
    let readsOthers = node.inputs.contains { source in
      if case .node(let index) = source { index < boundary } else { true }
    }
    if readsOthers {
      throw error(node, "what it reads does not all come from \(nodes[boundary - 1].name)")
    }
  }

  private func error(
    _ node: NetworkGraph.Node, _ problem: String, remedy: String = "leave out `pieces`"
  ) -> PlacementError {
    PlacementError(
      network: device.graph.name, layer: node.name, mesh: device.placed.mesh,
      problem: "with `pieces`, \(problem)", remedy: remedy)
  }
}

extension DeviceGraph {
  /// The nodes from a crossing on, of which `elements` elements of the arena have gradients.
  fileprivate init(_ device: DeviceGraph, from boundary: Int, gradientsUpTo elements: Int) {
    let whole = device.graph
    let layout = whole.parameterLayout
    placed = device.placed
    member = device.member
    crossings = device.crossings
    outputCrossings = device.outputCrossings
    hasOwnImages = Array(device.hasOwnImages[boundary...])
    channels = Array(device.channels[boundary...])
    readsOwnImages = true
    nodesBefore = boundary
    dropoutsBefore = whole.nodes[..<boundary].count { $0.layer.drawsRandomNumbers }
    graph = NetworkGraph(
      name: whole.name, inputShape: whole.nodes[boundary - 1].outputShape,
      nodes: whole.nodes[boundary...].map { $0.moved(by: -boundary) },
      parameterLayout: ParameterLayout(
        entries: layout.entries.filter { $0.nodeIndex >= boundary }
          .map { $0.moved(by: -boundary) },
        gradientsUpTo: elements))
  }
}

extension NetworkGraph.Node {
  /// The same node in a graph without the nodes before; what it reads of these is the network's
  /// input.
  fileprivate func moved(by offset: Int) -> NetworkGraph.Node {
    NetworkGraph.Node(
      index: index + offset, name: name, layer: layer,
      inputs: inputs.map { source in
        guard case .node(let node) = source, node + offset >= 0 else { return .networkInput }
        return .node(node + offset)
      },
      inputShapes: inputShapes, outputShape: outputShape, parameters: parameters,
      multiplyAdds: multiplyAdds, stage: stage, placement: placement, isAuxiliary: isAuxiliary)
  }
}

extension ParameterLayout.Entry {
  fileprivate func moved(by offset: Int) -> ParameterLayout.Entry {
    part(
      named: name, shape: parameter.shape, offset: self.offset, nodeIndex: nodeIndex + offset)
  }
}
