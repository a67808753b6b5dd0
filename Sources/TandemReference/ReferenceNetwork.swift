import TandemNetwork
import TandemTensor

/// A network computed slowly and obviously, in double precision: the yardstick of the tests and of
/// `tandem gradcheck`. Every layer is a few plain loops; nothing is shared with the fast engine.
package struct ReferenceNetwork: Sendable {
  package let graph: NetworkGraph

  package init(_ graph: NetworkGraph) {
    for node in graph.nodes
    where !(node.layer is any ReferenceLayer) && !(node.layer is any OwnLayer) {
      preconditionFailure("\(type(of: node.layer)) has no reference implementation")
    }
    self.graph = graph
  }

  /// The outputs of every node, each `[N, …]` in plain order; the last one is the network's.
  /// - Parameters:
  ///   - images: `[N, C, H, W]`
  ///   - count: N
  ///   - parameters: values by full name (`conv1.weight`), in PyTorch's plain order.
  ///   - dropout: which elements dropout layers drop; nil drops none.
  ///   - isTraining: whether batch normalization uses the statistics of these images, or the
  ///     running ones.
  package func forward(
    images: [Double], count: Int, parameters: [String: [Double]], dropout: DropoutContext? = nil,
    isTraining: Bool = true
  ) -> [[Double]] {
    var outputs: [[Double]] = []
    outputs.reserveCapacity(graph.nodes.count)
    for node in graph.nodes {
      outputs.append(
        output(
          of: node, images: images, count: count, parameters: parameters, dropout: dropout,
          isTraining: isTraining, outputs: outputs))
    }
    return outputs
  }

  /// The forward pass of training that computes only nodes whose output a change of the node at
  /// `firstNode` can change; the others are taken from `outputs` of an earlier call.
  package func forward(
    from firstNode: Int, reusing outputs: [[Double]], images: [Double], count: Int,
    parameters: [String: [Double]], dropout: DropoutContext? = nil
  ) -> [[Double]] {
    var outputs = outputs
    var changed = Array(repeating: false, count: graph.nodes.count)
    for node in graph.nodes[firstNode...] {
      let readsChanged = node.inputs.contains { source in
        if case .node(let index) = source { changed[index] } else { false }
      }
      guard node.index == firstNode || readsChanged else { continue }
      changed[node.index] = true
      outputs[node.index] = output(
        of: node, images: images, count: count, parameters: parameters, dropout: dropout,
        isTraining: true, outputs: outputs)
    }
    return outputs
  }

  private func output(
    of node: NetworkGraph.Node, images: [Double], count: Int, parameters: [String: [Double]],
    dropout: DropoutContext?, isTraining: Bool, outputs: [[Double]]
  ) -> [Double] {
    let call = call(
      of: node, images: images, count: count, parameters: parameters, dropout: dropout,
      isTraining: isTraining, outputs: outputs)
    if let layer = node.layer as? any OwnLayer { return call.output(of: layer) }
    guard let layer = node.layer as? any ReferenceLayer else { preconditionFailure() }
    return layer.reference(call)
  }

  private func call(
    of node: NetworkGraph.Node, images: [Double], count: Int, parameters: [String: [Double]],
    dropout: DropoutContext?, isTraining: Bool, outputs: [[Double]]
  ) -> ReferenceCall {
    var own: [String: [Double]] = [:]
    for parameter in node.parameters {
      let name = "\(node.name).\(parameter.name)"
      guard let values = parameters[name], values.count == parameter.shape.elementCount else {
        preconditionFailure("the values of \(name) \(parameter.shape) are missing or too few")
      }
      own[parameter.name] = values
    }
    let dropoutIndex = graph.nodes[..<node.index].count { $0.layer.drawsRandomNumbers }
    let call = ReferenceCall(
      images: count,
      inputs: node.inputs.map { source in
        switch source {
        case .networkInput: images
        case .node(let index): outputs[index]
        }
      },
      inputShapes: node.inputShapes, outputShape: node.outputShape, parameters: own,
      dropout: dropout, dropoutIndex: dropoutIndex, isTraining: isTraining)
    for (values, shape) in zip(call.inputs, call.inputShapes) {
      precondition(
        values.count == count * shape.elementCount, "\(values.count) values for \(shape)")
    }
    return call
  }

  /// How far the network is from the nearest corner of its function: the smallest change of a
  /// ReLU's input, or of the values under a maximum's window, that would make another branch count.
  /// Close to a corner a gradient says little, and rounding decides which one it is.
  /// - Parameter outputs: as `forward` returned them for these arguments.
  /// - Returns: infinity for a network without corners.
  package func distanceToCorner(
    images: [Double], count: Int, parameters: [String: [Double]], dropout: DropoutContext? = nil,
    outputs: [[Double]]
  ) -> Double {
    graph.nodes.reduce(.infinity) { distance, node in
      if node.layer is any OwnLayer { return distance }
      guard let layer = node.layer as? any ReferenceLayer else { preconditionFailure() }
      let call = call(
        of: node, images: images, count: count, parameters: parameters, dropout: dropout,
        isTraining: true, outputs: outputs)
      return min(distance, layer.distanceToCorner(call))
    }
  }
}
