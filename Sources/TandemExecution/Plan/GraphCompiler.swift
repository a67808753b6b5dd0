import TandemNetwork
import TandemTensor

/// Walks the graph forward and backward and has each operator emit its instructions.
struct GraphCompiler {
  /// See `Plan.finished`.
  private(set) var finished: [(instruction: Int, elements: Int)] = []
  /// See `Plan.observations`.
  private(set) var observations: [Int: Plan.Observation] = [:]

  private let graph: NetworkGraph
  private let images: Operand
  /// The operator of each node; nil for those that are left out at inference.
  private var operators: [(any Operator)?] = []
  private var outputs: [Operand?] = []
  /// Outputs that nobody may overwrite: a backward reads them, or they are the caller's images.
  private var isProtected: [Bool] = []
  /// How many layers read each node's output.
  private let consumers: [Int]
  private let mode: Plan.Mode
  /// What backward computes gradients of.
  private let wanted: Set<NetworkGraph.Source>
  private let lanes: LaneChoice
  private let observed: Set<Int>
  /// The crossings of a device that bring slices of outputs together.
  private let outputCrossings: Set<Int>

  /// - Parameters:
  ///   - gradientOfImages: whether backward computes that, too.
  ///   - observed: nodes whose outputs and gradients the caller reads.
  init(
    _ graph: NetworkGraph, gradientOfImages: Bool, observed: Set<Int>,
    _ builder: inout PlanBuilder
  ) throws {
    self.graph = graph
    self.observed = observed
    wanted =
      builder.isTraining
      ? graph.sourcesWithGradient(ofImages: gradientOfImages, of: observed) : []
    images = try builder.imagesOperand()
    var consumers = Array(repeating: 0, count: graph.nodes.count)
    for node in graph.nodes where Self.isCompiled(node, builder.mode) {
      for case .node(let index) in node.inputs { consumers[index] += 1 }
    }
    // The caller is one more reader, so that nobody overwrites what it reads, and no layer takes
    // its place as the only one. Of the last layer it always is.
    for index in observed where index < graph.nodes.count - 1 { consumers[index] += 1 }
    self.consumers = consumers
    outputCrossings = builder.device?.graph.outputCrossings ?? []
    mode = builder.mode
    let mode = builder.mode
    // Closures cannot keep what is inout.
    let constant = builder
    lanes = LaneChoice(
      constant, onlyReader: { Self.onlyReader(of: $0, in: graph, consumers, mode) })
  }

  /// Auxiliary branches serve training only.
  private static func isCompiled(_ node: NetworkGraph.Node, _ mode: Plan.Mode) -> Bool {
    mode == .training || !node.isAuxiliary
  }

  // MARK: Forward

  /// Emits the forward pass; returns the output of the last layer in plain order.
  mutating func compileForward(_ builder: inout PlanBuilder) throws -> Operand {
    var dropouts = builder.device?.graph.dropoutsBefore ?? 0
    for node in graph.nodes {
      guard Self.isCompiled(node, mode) else {
        operators.append(nil)
        outputs.append(nil)
        isProtected.append(false)
        continue
      }
      builder.node = node.index
      let site = site(of: node, dropoutIndex: dropouts)
      if node.layer.drawsRandomNumbers { dropouts += 1 }
      let layerOperator = try makeOperator(node, site)
      let inputs = node.inputs.map(operand)
      let output = try layerOperator.forward(inputs, &builder)
      operators.append(layerOperator)
      outputs.append(output)
      // A layer that hands its input on hands on its protection, too.
      let isAlias = inputs.contains { $0.buffer == output.buffer }
      isProtected.append(
        wanted.contains(.node(node.index)) && layerOperator.backwardReadsOutput
          || isAlias && site.overwritableInput == nil)
      if observed.contains(node.index) {
        let copy = try observation(of: output, node, "output", in: .forward, &builder)
        observations[node.index] = Plan.Observation(output: copy)
      }
    }
    guard case .some(.some(let last)) = outputs.last else {
      throw ExecutionError.unsupported(layer: graph.name, reason: "the network has no layers")
    }
    let logits = try builder.reordered(
      last, to: .plain(graph.outputShape.batched(builder.images)), label: "logits", in: .forward)
    if logits.buffer != images.buffer { return logits }
    throw ExecutionError.unsupported(
      layer: graph.name, reason: "none of its layers computes anything")
  }

  /// A copy of a layer's output, or of the gradient of it, that nobody else touches.
  private func observation(
    of source: Operand, _ node: NetworkGraph.Node, _ what: String,
    in section: PlanBuilder.Section, _ builder: inout PlanBuilder
  ) throws -> Operand {
    let plain = try MemoryDescriptor.plain(node.outputShape.batched(builder.images))
    let label = "\(node.name) observed \(what)"
    if source.descriptor.imageLanesShape != nil {
      return try builder.reordered(source, to: plain, label: label, in: section)
    }
    let copy = builder.operand(label, plain)
    try builder.reorder(source, to: copy, label: label, in: section)
    return copy
  }

  private func makeOperator(
    _ node: NetworkGraph.Node, _ site: OperatorSite
  ) throws -> any Operator {
    if let crossing = node.layer as? CrossingLayer {
      return CrossingOperator(crossing, site)
    }
    if let layer = lanes.layers[node.index] {
      return layer.convolution == node.index
        ? LaneConvolutionOperator(layer, site) : AbsorbedOperator()
    }
    if let layer = node.layer as? any OwnLayer {
      return OwnLayerOperator(layer, site)
    }
    guard let layer = node.layer as? any ExecutableLayer else {
      throw ExecutionError.unsupported(
        layer: node.name, reason: "no operator is written for \(node.layer)")
    }
    return try layer.makeOperator(site)
  }

  private func operand(_ source: NetworkGraph.Source) -> Operand {
    switch source {
    case .networkInput: return images
    case .node(let index):
      guard let output = outputs[index] else {
        preconditionFailure("the network's output depends on an auxiliary branch")
      }
      return output
    }
  }

  /// Emits what brings the outputs of auxiliary branches into plain order.
  func auxiliaryOutputs(_ builder: inout PlanBuilder) throws -> [Plan.Auxiliary] {
    try graph.auxiliaryOutputs.map { auxiliary in
      builder.node = auxiliary.node
      let name = graph.nodes[auxiliary.node].name
      let logits = try builder.reordered(
        operand(.node(auxiliary.node)), to: .plain(graph.outputShape.batched(builder.images)),
        label: "\(name) logits", in: .forward)
      return Plan.Auxiliary(
        weight: auxiliary.weight, logits: logits,
        gradient: builder.operand("\(name) logits gradient", logits.descriptor))
    }
  }

  private func site(of node: NetworkGraph.Node, dropoutIndex: Int) -> OperatorSite {
    let overwritableInput = node.inputs.firstIndex {
      if case .node(let index) = $0 { consumers[index] == 1 && !isProtected[index] } else { false }
    }
    var isFusedIntoInput = false
    var precedingActivation: Activation?
    if node.inputs.count == 1, case .node(let index) = node.inputs[0] {
      isFusedIntoInput = fusedActivation(after: graph.nodes[index])?.node == node.index
      if derivativeTaker(after: graph.nodes[index])?.index == node.index {
        precedingActivation = (graph.nodes[index].layer as? any ActivationLayer)?.activation
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
      precedingActivation: precedingActivation,
      leavesDerivativeToReader: derivativeTaker(after: node) != nil,
      leavesDerivativeToInput: isFusedIntoInput && derivativeIsFused(before: node),
      readerComputesAlong: readerComputesAlong(node),
      overwritableInput: overwritableInput,
      isNetworkOutput: isNetworkOutput(node),
      dropoutIndex: dropoutIndex)
  }

  /// Whether nothing but the loss reads a layer's output; of a device, after its slices were
  /// brought together.
  private func isNetworkOutput(_ node: NetworkGraph.Node) -> Bool {
    guard let next = onlyReader(of: node) else { return consumers[node.index] == 0 }
    guard let crossing = next.layer as? CrossingLayer else { return false }
    return outputCrossings.contains(crossing.crossing)
  }

  /// The activation that a layer computes along with its own output: the only reader of that
  /// output.
  private func fusedActivation(
    after node: NetworkGraph.Node
  ) -> (node: Int, activation: Activation)? {
    guard let next = onlyReader(of: node), let layer = next.layer as? any ActivationLayer else {
      return nil
    }
    let computesAlong = (node.layer as? any ExecutableLayer)?.computesAlong(layer.activation)
    return computesAlong == true ? (next.index, layer.activation) : nil
  }

  /// Whether the layer before an activation applies the activation's derivative along with its own.
  private func derivativeIsFused(before node: NetworkGraph.Node) -> Bool {
    guard case .node(let index) = node.inputs[0] else { return false }
    return (graph.nodes[index].layer as? any ExecutableLayer)?.appliesDerivativeOfActivation == true
  }

  /// The only reader of an activation's output, if it applies the activation's derivative along
  /// with its own.
  ///
  /// Max pooling: a window's largest value y is one of the activation's outputs, so the derivative
  /// at that element is known from y alone. It can be applied to the pooled gradient, which is a
  /// fraction of the size, and the activation's own output need not be kept.
  ///
  /// Local response normalization: its backward reads a ReLU's output anyway.
  private func derivativeTaker(after node: NetworkGraph.Node) -> NetworkGraph.Node? {
    guard let layer = node.layer as? any ActivationLayer, let next = onlyReader(of: node),
      (next.layer as? any ExecutableLayer)?.takesDerivative(of: layer.activation) == true
    else { return nil }
    if case .node(let index) = node.inputs[0],
      fusedActivation(after: graph.nodes[index])?.node == node.index,
      derivativeIsFused(before: node)
    {
      return nil
    }
    return next
  }

  private func readerComputesAlong(_ node: NetworkGraph.Node) -> Bool {
    let readers = graph.nodes.filter {
      $0.inputs.contains(.node(node.index)) && Self.isCompiled($0, mode)
    }
    guard consumers[node.index] == 1, readers.count == 1,
      let reader = readers[0].layer as? any ExecutableLayer
    else { return false }
    return reader.computesNormalizationsAlong(inputCount: readers[0].inputs.count)
  }

  private func onlyReader(of node: NetworkGraph.Node) -> NetworkGraph.Node? {
    Self.onlyReader(of: node, in: graph, consumers, mode)
  }

  private static func onlyReader(
    of node: NetworkGraph.Node, in graph: NetworkGraph, _ consumers: [Int], _ mode: Plan.Mode
  ) -> NetworkGraph.Node? {
    guard consumers[node.index] == 1 else { return nil }
    return graph.nodes.first { $0.inputs == [.node(node.index)] && isCompiled($0, mode) }
  }

  // MARK: Backward

  /// Has activations computed again in backward where forward would keep more bytes than wanted.
  func limitActivations(to mostBytes: Int, _ builder: inout PlanBuilder) {
    Recomputation(graph, operators: operators, outputs: outputs, wanted: wanted)
      .plan(mostActivationBytes: mostBytes, &builder)
  }

  /// Emits the backward pass, last layer first, as far as something is trained; returns the
  /// gradient of the images if it is wanted.
  mutating func compileBackward(
    from logitsGradient: Operand, auxiliaries: [Plan.Auxiliary], _ builder: inout PlanBuilder
  ) throws -> Operand? {
    var contributions: [NetworkGraph.Source: [Operand]] = [:]
    if let last = graph.nodes.last { contributions[.node(last.index)] = [logitsGradient] }
    for (output, auxiliary) in zip(graph.auxiliaryOutputs, auxiliaries) {
      contributions[.node(output.node), default: []].append(auxiliary.gradient)
    }

    for node in graph.nodes.reversed() {
      builder.node = node.index
      let ownSource = NetworkGraph.Source.node(node.index)
      guard wanted.contains(ownSource), let terms = contributions.removeValue(forKey: ownSource)
      else { continue }
      guard let layerOperator = operators[node.index] else {
        preconditionFailure("training compiles all layers")
      }
      let gradient = try gradient(of: node, layerOperator, terms, &builder)
      let passesOn = node.inputs.contains(where: wanted.contains)
      if node.isTrained || passesOn && layerOperator.inputGradientComesWithParameters {
        try layerOperator.backwardParameters(gradient, &builder)
        builder.emitAdditions()
      }
      if passesOn {
        let inputGradients = try layerOperator.backwardInput(gradient, &builder)
        for (source, inputGradient) in zip(node.inputs, inputGradients)
        where wanted.contains(source) {
          contributions[source, default: []].append(inputGradient)
        }
      }
      markFinished(node, builder)
    }

    // Running statistics come after everything that is trained, and nobody waits for them.
    let layout = graph.parameterLayout
    if layout.trainedElementCount < layout.changingElementCount {
      finished.append((builder.backward.count - 1, layout.changingElementCount))
    }

    guard wanted.contains(.networkInput), let terms = contributions[.networkInput] else {
      return nil
    }
    let gradient =
      terms.count == 1 ? terms[0] : try builder.sumOfGradients(terms, name: "images gradient")
    return try builder.reordered(
      gradient, to: images.descriptor, label: "images gradient", in: .backward)
  }

  /// The gradient of a layer's output, which those who read it have a term of each.
  private mutating func gradient(
    of node: NetworkGraph.Node, _ layerOperator: any Operator, _ terms: [Operand],
    _ builder: inout PlanBuilder
  ) throws -> Operand {
    guard observed.contains(node.index) else {
      return terms.count == 1 ? terms[0] : try layerOperator.sumOutputGradients(terms, &builder)
    }
    // Operators may do more than sum up, such as apply their own derivative.
    let sum =
      terms.count == 1
      ? terms[0] : try builder.sumOfGradients(terms, name: "\(node.name) output gradient")
    let copy = try observation(of: sum, node, "gradient", in: .backward, &builder)
    observations[node.index]?.gradient = copy
    return sum
  }

  private mutating func markFinished(_ node: NetworkGraph.Node, _ builder: PlanBuilder) {
    let layout = graph.parameterLayout
    let trained = layout.trainedEntries
    guard let last = trained.lastIndex(where: { $0.nodeIndex == node.index }) else { return }
    let next = last + 1
    let end = next < trained.endIndex ? trained[next].offset : layout.trainedElementCount
    finished.append((builder.backward.count - 1, end))
  }
}
