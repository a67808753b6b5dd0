import TandemNetwork
import TandemTensor

/// Walks the graph forward and backward and has each operator emit its instructions.
struct GraphCompiler {
  /// See `Plan.finished`.
  private(set) var finished: [(instruction: Int, elements: Int)] = []

  private let graph: NetworkGraph
  private let images: Operand
  private var operators: [any Operator] = []
  private var outputs: [Operand] = []
  /// Outputs that nobody may overwrite: a backward reads them, or they are the caller's images.
  private var isProtected: [Bool] = []
  /// How many layers read each node's output.
  private let consumers: [Int]

  init(_ graph: NetworkGraph, _ plan: inout PlanBuilder) throws {
    self.graph = graph
    images = try plan.imagesOperand()
    var consumers = Array(repeating: 0, count: graph.nodes.count)
    for node in graph.nodes {
      for case .node(let index) in node.inputs { consumers[index] += 1 }
    }
    self.consumers = consumers
  }

  // MARK: Forward

  /// Emits the forward pass; returns the output of the last layer in plain order.
  mutating func compileForward(_ plan: inout PlanBuilder) throws -> Operand {
    var dropouts = 0
    for node in graph.nodes {
      plan.node = node.index
      let site = site(of: node, dropoutIndex: dropouts)
      if node.layer is Dropout { dropouts += 1 }
      guard let layer = node.layer as? any ExecutableLayer else {
        throw ExecutionError.unsupported(
          layer: node.name, reason: "no operator is written for \(node.layer)")
      }
      let layerOperator = try layer.makeOperator(site)
      let inputs = node.inputs.map(operand)
      let output = try layerOperator.forward(inputs, &plan)
      operators.append(layerOperator)
      outputs.append(output)
      // A layer that hands its input on hands on its protection, too.
      let isAlias = inputs.contains { $0.buffer == output.buffer }
      isProtected.append(
        plan.isTraining && layerOperator.backwardReadsOutput
          || isAlias && !site.mayOverwriteInput)
    }
    guard let last = outputs.last else {
      throw ExecutionError.unsupported(layer: graph.name, reason: "the network has no layers")
    }
    let logits = try plan.reordered(
      last, to: .plain(graph.outputShape.batched(plan.images)), label: "logits", in: .forward)
    if logits.buffer != images.buffer { return logits }
    throw ExecutionError.unsupported(
      layer: graph.name, reason: "none of its layers computes anything")
  }

  private func operand(_ source: NetworkGraph.Source) -> Operand {
    switch source {
    case .networkInput: images
    case .node(let index): outputs[index]
    }
  }

  private func site(of node: NetworkGraph.Node, dropoutIndex: Int) -> OperatorSite {
    var mayOverwriteInput = false
    var isFusedIntoInput = false
    var pooledActivation: Activation?
    if node.inputs.count == 1, case .node(let index) = node.inputs[0] {
      mayOverwriteInput = consumers[index] == 1 && !isProtected[index]
      isFusedIntoInput = fusedActivation(after: graph.nodes[index])?.node == node.index
      if maxPooling(after: graph.nodes[index])?.index == node.index {
        pooledActivation = (graph.nodes[index].layer as? any ActivationLayer)?.activation
      }
    }
    return OperatorSite(
      node: node,
      parameters: Dictionary(
        uniqueKeysWithValues: graph.parameterLayout.entries(ofNode: node.index).map {
          ($0.parameter.name, $0)
        }),
      fusedActivation: fusedActivation(after: node)?.activation,
      isFusedIntoInput: isFusedIntoInput,
      pooledActivation: pooledActivation,
      leavesDerivativeToPooling: maxPooling(after: node) != nil,
      mayOverwriteInput: mayOverwriteInput,
      dropoutIndex: dropoutIndex)
  }

  /// The activation that a convolution or dense layer computes along with its own output: the only
  /// reader of that output.
  private func fusedActivation(
    after node: NetworkGraph.Node
  ) -> (node: Int, activation: Activation)? {
    guard node.layer is Conv2D || node.layer is Dense, let next = onlyReader(of: node),
      let layer = next.layer as? any ActivationLayer
    else { return nil }
    return (next.index, layer.activation)
  }

  /// The max pooling that is the only reader of an activation's output.
  ///
  /// A window's largest value y is one of the activation's outputs, so the derivative at that element
  /// is known from y alone: it can be applied to the pooled gradient, which is a fraction of the
  /// size, and the activation's own output need not be kept.
  private func maxPooling(after node: NetworkGraph.Node) -> NetworkGraph.Node? {
    guard node.layer is any ActivationLayer, let next = onlyReader(of: node),
      next.layer is MaxPool2D
    else { return nil }
    return next
  }

  private func onlyReader(of node: NetworkGraph.Node) -> NetworkGraph.Node? {
    guard consumers[node.index] == 1 else { return nil }
    return graph.nodes.first { $0.inputs == [.node(node.index)] }
  }

  // MARK: Backward

  /// Emits the backward pass, last layer first; returns the gradient of the images if it is wanted.
  mutating func compileBackward(
    from logitsGradient: Operand, gradientOfImages: Bool, _ plan: inout PlanBuilder
  ) throws -> Operand? {
    let wanted = nodesThatNeedGradients(gradientOfImages: gradientOfImages)
    var contributions: [NetworkGraph.Source: [Operand]] = [:]
    if let last = graph.nodes.last { contributions[.node(last.index)] = [logitsGradient] }

    for node in graph.nodes.reversed() {
      plan.node = node.index
      let ownSource = NetworkGraph.Source.node(node.index)
      guard wanted.contains(ownSource), let terms = contributions.removeValue(forKey: ownSource)
      else { continue }
      let gradient =
        terms.count == 1
        ? terms[0] : try plan.sum(terms, name: "\(node.name) output gradient", in: .backward)
      let layerOperator = operators[node.index]
      try layerOperator.backwardParameters(gradient, &plan)
      if node.inputs.contains(where: wanted.contains) {
        let inputGradients = try layerOperator.backwardInput(gradient, &plan)
        for (source, inputGradient) in zip(node.inputs, inputGradients)
        where wanted.contains(source) {
          contributions[source, default: []].append(inputGradient)
        }
      }
      markFinished(node, plan)
    }

    guard gradientOfImages, let terms = contributions[.networkInput] else { return nil }
    let gradient =
      terms.count == 1 ? terms[0] : try plan.sum(terms, name: "images gradient", in: .backward)
    return try plan.reordered(
      gradient, to: images.descriptor, label: "images gradient", in: .backward)
  }

  /// The values on a path from something trainable (or the images) to the output.
  private func nodesThatNeedGradients(gradientOfImages: Bool) -> Set<NetworkGraph.Source> {
    var wanted: Set<NetworkGraph.Source> = gradientOfImages ? [.networkInput] : []
    for node in graph.nodes
    where !node.parameters.isEmpty || node.inputs.contains(where: wanted.contains) {
      wanted.insert(.node(node.index))
    }
    return wanted
  }

  private mutating func markFinished(_ node: NetworkGraph.Node, _ plan: PlanBuilder) {
    let layout = graph.parameterLayout
    guard let last = layout.entries.lastIndex(where: { $0.nodeIndex == node.index }) else { return }
    let next = last + 1
    let end = next < layout.entries.count ? layout.entries[next].offset : layout.elementCount
    finished.append((plan.backward.count - 1, end))
  }
}
