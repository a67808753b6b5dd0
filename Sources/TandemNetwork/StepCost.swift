extension NetworkGraph {
  /// The values on a path from something trainable (or the images) to the output: those that a
  /// backward pass needs a gradient of.
  package func sourcesWithGradient(ofImages: Bool = false) -> Set<Source> {
    var wanted: Set<Source> = ofImages ? [.networkInput] : []
    for node in nodes
    where !node.parameters.isEmpty || node.inputs.contains(where: wanted.contains) {
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
  /// its forward pass. The first layer's input, the image, needs no gradient.
  package var trainingMultiplyAdds: Int {
    let wanted = sourcesWithGradient()
    return nodes.reduce(0) { sum, node in
      let ofInput = node.inputs.contains(where: wanted.contains) ? 1 : 0
      let ofWeights = node.parameters.contains { $0.role == .trained } ? 1 : 0
      return sum + node.multiplyAdds * (1 + ofInput + ofWeights)
    }
  }
}
