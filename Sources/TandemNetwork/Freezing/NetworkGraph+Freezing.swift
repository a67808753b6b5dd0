extension NetworkGraph {
  /// The same network where some parameters are frozen: they take part in forward, and nothing else
  /// is done for them. Backward ends behind the first layer that is trained.
  ///
  /// A batch normalization whose weight and bias are both frozen is `FrozenBatchNorm2D`; see
  /// `Layer.frozen`.
  ///
  /// - Parameter names: full dotted names of trained parameters, `conv1.weight`.
  package func freezing(_ names: Set<String>) -> NetworkGraph {
    if names.isEmpty { return self }
    let frozen = nodes.map { node in
      let parameters = node.parameters.map { parameter in
        parameter.role == .trained && names.contains("\(node.name).\(parameter.name)")
          ? parameter.with(role: .frozen) : parameter
      }
      let isTrained = parameters.contains { $0.role == .trained }
      return node.with(
        layer: node.layer,
        parameters: isTrained ? parameters : parameters.map { $0.with(role: .frozen) })
    }
    let wanted = graph(of: frozen).sourcesWithGradient()
    return graph(
      of: frozen.map { node in
        let layer = node.layer.frozen(
          passesGradient: node.inputs.contains(where: wanted.contains))
        guard let layer, !node.isTrained else { return node }
        return node.with(layer: layer, parameters: node.parameters)
      })
  }

  private func graph(of nodes: [Node]) -> NetworkGraph {
    NetworkGraph(
      name: name, inputShape: inputShape, nodes: nodes, auxiliaryOutputs: auxiliaryOutputs)
  }

  /// The last layers with weights before the network's output and before those of its auxiliary
  /// branches: what another number of classes takes others of.
  package var headNodes: [Node] {
    let outputs = [nodes.count - 1] + auxiliaryOutputs.map(\.node)
    var heads: Set<Int> = []
    for output in outputs {
      var known: Set<Int> = [output]
      // Inputs stand before what reads them.
      for node in nodes[...output].reversed() where known.contains(node.index) {
        for case .node(let input) in node.inputs { known.insert(input) }
      }
      let head = known.sorted().last { index in
        nodes[index].parameters.contains { $0.shape.rank > 1 }
      }
      if let head { heads.insert(head) }
    }
    return heads.sorted().map { nodes[$0] }
  }
}

extension NetworkGraph.Node {
  func with(layer: any Layer, parameters: [Parameter]) -> NetworkGraph.Node {
    NetworkGraph.Node(
      index: index, name: name, layer: layer, inputs: inputs, inputShapes: inputShapes,
      outputShape: outputShape, parameters: parameters, multiplyAdds: multiplyAdds, stage: stage,
      placement: placement, isAuxiliary: isAuxiliary)
  }
}
