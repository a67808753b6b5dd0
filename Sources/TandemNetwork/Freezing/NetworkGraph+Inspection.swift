extension NetworkGraph {
  /// The same network to look into: as at inference, but gradients go through all of it.
  ///
  /// Nothing is trained, batch normalizations use their running statistics, and what only auxiliary
  /// outputs take is left out. Dropout is the caller's to remove (`Network.withDropout`).
  ///
  /// - Parameters:
  ///   - index: of the node that is the output; nil for the network's own.
  ///   - guided: whether ReLUs let only positive gradients through, see `GuidedReLU`.
  package func forInspection(upTo index: Int? = nil, guided: Bool = false) -> NetworkGraph {
    let part = truncated(after: index ?? nodes.count - 1)
    let frozen = part.nodes.map { node in
      let layer = guided ? node.layer.guided ?? node.layer : node.layer
      return node.with(
        layer: layer.frozen(passesGradient: true) ?? layer,
        parameters: node.parameters.map { $0.with(role: .frozen) })
    }
    return NetworkGraph(name: name, inputShape: inputShape, nodes: frozen)
  }

  /// The last layer before the output that still knows where something is in the image: the last
  /// convolution of more than one pixel with what directly follows it in that size, such as its
  /// activation, the sum of a residual block or the branches side by side. nil for a network
  /// without one.
  package var lastSpatialNode: Node? {
    guard let last = nodes.last(where: { $0.hasSpatialExtent && $0.multiplyAdds > 0 }) else {
      return nil
    }
    let size = last.outputShape.dimensions.suffix(2)
    return nodes[last.index...].prefix { node in
      node.hasSpatialExtent && node.outputShape.dimensions.suffix(2) == size
    }.last
  }
}

extension NetworkGraph.Node {
  /// Whether the output is maps `[C, H, W]` of more than one pixel.
  package var hasSpatialExtent: Bool {
    outputShape.rank == 3 && outputShape[1] * outputShape[2] > 1
  }
}
