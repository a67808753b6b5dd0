extension NetworkGraph {
  /// What it takes to compute the output of one layer, as a network whose output that is.
  /// Parameters keep their places in the arena of the whole network.
  /// - Parameter index: of the layer's node.
  package func truncated(after index: Int) -> NetworkGraph {
    var needed: Set<Int> = [index]
    // Inputs stand before what reads them.
    for node in nodes[...index].reversed() where needed.contains(node.index) {
      for case .node(let input) in node.inputs { needed.insert(input) }
    }
    let places = Dictionary(
      uniqueKeysWithValues: needed.sorted().enumerated().map { ($0.element, $0.offset) })
    let kept = nodes.compactMap { node in places[node.index].map { node.moved(to: $0, places) } }
    let entries = parameterLayout.entries.compactMap { entry in
      places[entry.nodeIndex].map {
        entry.part(
          named: entry.name, shape: entry.parameter.shape, offset: entry.offset, nodeIndex: $0)
      }
    }
    return NetworkGraph(
      name: name, inputShape: inputShape, nodes: kept,
      parameterLayout: ParameterLayout(entries: entries, of: parameterLayout))
  }
}

extension NetworkGraph.Node {
  /// The same node at another place, among others whose new places are known.
  fileprivate func moved(to place: Int, _ places: [Int: Int]) -> NetworkGraph.Node {
    NetworkGraph.Node(
      index: place, name: name, layer: layer,
      inputs: inputs.map { source in
        guard case .node(let input) = source, let place = places[input] else { return source }
        return .node(place)
      },
      inputShapes: inputShapes, outputShape: outputShape, parameters: parameters,
      multiplyAdds: multiplyAdds, stage: stage, placement: placement, isAuxiliary: false)
  }
}
