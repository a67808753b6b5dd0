import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport

/// A look into the network of a case, with its weights and its first image.
struct ParityInspection {
  let network: Network
  let weights: ModelFile
  let image: [Float]

  /// - Parameter changing: a tensor whose elements are made a tenth larger.
  static func of<Result>(
    _ parityCase: ParityCase, changing: String? = nil, _ body: (Self) throws -> Result
  ) throws -> Result {
    let network = try parityCase.network()
    var parameters = try parityCase.parameters(network.graph().parameterLayout)
    if let changing, let tensor = parameters[changing] {
      parameters[changing] = Tensor(
        shape: tensor.shape, elements: tensor.elements.map { $0 * 1.1 })
    }
    return try withTemporaryFolder { folder in
      try SafeTensorsFile(tensors: parameters).write(to: folder + "/w.safetensors")
      return try body(
        Self(
          network: network, weights: ModelFile(contentsOf: folder + "/w.safetensors"),
          image: Array(parityCase.pixels.prefix(parityCase.input.elementCount))))
    }
  }

  /// What a probe tells after the forward pass, and the backward pass from the logit of a label.
  func look<Result: Sendable>(
    _ request: Inspector.Request, label: Int,
    _ body: @escaping @Sendable (_ logits: [Float], LayerProbe) -> Result
  ) throws -> Result {
    let inspector = try Inspector(network: network, weights: weights, request, workers: 1)
    return try inspector.map(1) { [image] _, probe in
      let logits = try probe.forward(image)
      try probe.backward(ofOutput: label)
      return body(logits, probe)
    }[0]
  }

  /// What ReLUs and max poolings read, in the order of the forward pass, and the gradient of the
  /// image that was computed with these being kept.
  func decisions(label: Int) throws -> (inputs: [Tensor], imageGradient: [Float]) {
    let graph = try network.graph()
    let inputs = graph.nodes.compactMap { node -> String? in
      guard !node.isAuxiliary, node.layer is ReLU || node.layer is MaxPool2D,
        case .node(let input) = node.inputs[0]
      else { return nil }
      return graph.nodes[input].name
    }
    // A layer that several of them read is observed once.
    let layers = Set(inputs).sorted()
    return try look(Inspector.Request(layers: layers, gradientOfImage: true), label: label) {
      _, probe in
      let outputs = Dictionary(
        uniqueKeysWithValues: layers.enumerated().map { ($1, probe.output($0)) })
      return (inputs.compactMap { outputs[$0] }, probe.imageGradient().elements)
    }
  }
}
