extension NetworkGraph {
  /// The values on a path from something trainable (or the images) to the output: those that a
  /// backward pass needs a gradient of.
  /// - Parameter observed: nodes of whose outputs somebody wants the gradient.
  package func sourcesWithGradient(
    ofImages: Bool = false, of observed: Set<Int> = []
  ) -> Set<Source> {
    var wanted: Set<Source> = ofImages ? [.networkInput] : []
    for node in nodes
    where node.isTrained || observed.contains(node.index)
      || node.inputs.contains(where: wanted.contains)
    {
      wanted.insert(.node(node.index))
    }
    return wanted
  }

  /// Multiply-adds of the forward pass of one image, without auxiliary branches.
  package var forwardMultiplyAdds: Int {
    nodes.filter { !$0.isAuxiliary }.reduce(0) { $0 + $1.multiplyAdds }
  }

  /// Multiply-adds of a training step for one image, auxiliary branches included: each convolution
  /// and dense layer takes as many for the gradient of its input and for that of its weights as in
  /// its forward pass. The first layer's input, the image, needs no gradient, and nothing that is
  /// frozen does.
  package var trainingMultiplyAdds: Int {
    let wanted = sourcesWithGradient()
    return nodes.reduce(0) { sum, node in
      let ofInput = node.inputs.contains(where: wanted.contains) ? 1 : 0
      let ofWeights = node.isTrained ? 1 : 0
      return sum + node.multiplyAdds * (1 + ofInput + ofWeights)
    }
  }
}

extension NetworkGraph.Node {
  /// Whether some parameter follows a gradient.
  package var isTrained: Bool { parameters.contains { $0.role == .trained } }
}
