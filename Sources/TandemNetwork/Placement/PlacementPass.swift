import TandemTensor

/// Goes through a network layer by layer and decides what each device of a model group computes,
/// from what it has of the layer's inputs.
struct PlacementPass {
  private let graph: NetworkGraph
  private let mesh: Mesh
  private let parallelism: Parallelism
  private(set) var layers: [PlacedNetwork.PlacedLayer] = []

  init(_ graph: NetworkGraph, mesh: Mesh, parallelism: Parallelism) {
    self.graph = graph
    self.mesh = mesh
    self.parallelism = parallelism
  }

  mutating func run() throws {
    for node in graph.nodes { layers.append(try place(node)) }
  }

  private func place(_ node: NetworkGraph.Node) throws -> PlacedNetwork.PlacedLayer {
    let placement = node.placement ?? defaultPlacement(of: node)
    if placement == .data {
      return .init(
        placement: .data, output: .images, inputs: node.inputs.map { _ in .images })
    }
    // Computing it everywhere costs less than sending slices of it around.
    let isThere = node.inputs.allSatisfy { distribution(of: $0) == .whole }
    if node.parameters.isEmpty, follows(node) {
      if isThere {
        return .init(placement: .model, output: .whole, inputs: node.inputs.map { _ in .whole })
      }
      if savesCrossing(node) {
        let all = ChannelSet.all(node.inputShapes[0].channels)
        return .init(
          placement: .model, output: .whole, inputs: [.channels(mesh.members.map { _ in all })])
      }
    }
    let outputs = try mesh.members.map { try channels(of: node, member: $0) }
    let needed = outputs.map { node.layer.inputChannels(for: $0, inputs: node.inputShapes) }
    return .init(
      placement: .model, output: .channels(outputs),
      inputs: node.inputs.indices.map { input in .channels(needed.map { $0[input] }) })
  }

  /// Whether all devices get the layer's whole input anyway, for others that read it, and all of
  /// its readers would have to gather its output: the pooling beside the convolutions of an
  /// Inception module.
  private func savesCrossing(_ node: NetworkGraph.Node) -> Bool {
    guard mesh.model > 1, node.inputs.count == 1, case .channels = distribution(of: node.inputs[0])
    else { return false }
    let neighbours = graph.nodes.filter { $0.inputs == node.inputs && $0.index != node.index }
    let readers = graph.nodes.filter { $0.inputs.contains(.node(node.index)) }
    return neighbours.contains(where: gathersInput) && !readers.isEmpty
      && readers.allSatisfy(gathersInput)
  }

  /// Whether any slice of the layer is computed from all of its input.
  private func gathersInput(_ node: NetworkGraph.Node) -> Bool {
    guard !follows(node), (node.placement ?? parallelism.placement(of: node.layer)) == .model,
      node.outputShape.channels >= mesh.model
    else { return false }
    return mesh.members.allSatisfy { member in
      let slice = ChannelSet.slice(member, of: mesh.model, channels: node.outputShape.channels)
      return node.layer.inputChannels(for: slice, inputs: node.inputShapes)
        == node.inputShapes.map { .all($0.channels) }
    }
  }

  /// Whether the layer works on what a device has of its input.
  private func follows(_ node: NetworkGraph.Node) -> Bool {
    let all = node.inputShapes.map { ChannelSet.all($0.channels) }
    return node.layer.outputChannels(keeping: all, inputs: node.inputShapes) != nil
  }

  /// Layers that are cut afresh go by the parallelism, the others by the layer that they follow,
  /// unless they have to be computed whole. A single output, of two classes, cannot be cut.
  private func defaultPlacement(of node: NetworkGraph.Node) -> Placement {
    if follows(node) {
      let problem = node.layer.slicingProblem(parts: mesh.model, inputs: node.inputShapes)
      if problem != nil { return .data }
      for case .node(let index) in node.inputs { return layers[index].placement }
    }
    if mesh.model > 1, node.outputShape.elementCount == 1 { return .data }
    return parallelism.placement(of: node.layer)
  }

  private func distribution(of source: NetworkGraph.Source) -> Distribution {
    switch source {
    case .networkInput: .whole
    case .node(let index): layers[index].output
    }
  }

  /// Another number of devices, if the layer can be divided among any.
  private func remedy(for node: NetworkGraph.Node) -> String {
    let numbers = 2...max(2, node.outputShape.channels)
    let isDivisible = numbers.contains {
      node.layer.slicingProblem(parts: $0, inputs: node.inputShapes) == nil
    }
    return isDivisible ? "use a `mesh` with another second number" : "place it .data"
  }

  /// The output channels that a device computes of a layer placed `.model`.
  private func channels(of node: NetworkGraph.Node, member: Int) throws -> ChannelSet {
    if let problem = node.layer.slicingProblem(parts: mesh.model, inputs: node.inputShapes) {
      throw error(node, problem, remedy: remedy(for: node))
    }
    guard follows(node) else {
      return try slice(node.outputShape, "output", node, member: member)
    }
    let held = try zip(node.inputs, node.inputShapes).map { source, shape in
      switch distribution(of: source) {
      case .channels(let sets): sets[member]
      case .whole, .images: try slice(shape, "input", node, member: member)
      }
    }
    guard let outputs = node.layer.outputChannels(keeping: held, inputs: node.inputShapes) else {
      preconditionFailure("a layer follows its input or does not, whatever the input")
    }
    return outputs
  }

  private func slice(
    _ shape: Shape, _ which: String, _ node: NetworkGraph.Node, member: Int
  ) throws -> ChannelSet {
    let channels = shape.channels
    guard channels >= mesh.model else {
      let noun = shape.rank == 3 ? "channels" : "features"
      throw error(
        node, "its \(channels) \(which) \(noun) are not enough for \(mesh.model) devices",
        remedy: "use a `mesh` whose second number is \(channels) or less")
    }
    return .slice(member, of: mesh.model, channels: channels)
  }

  private func error(
    _ node: NetworkGraph.Node, _ problem: String, remedy: String
  ) -> PlacementError {
    PlacementError(
      network: graph.name, layer: node.name, mesh: mesh, problem: problem, remedy: remedy)
  }

  // MARK: Crossings

  /// Where devices need more of a value than they have: one for each value and way of cutting it.
  func crossings() -> [Crossing] {
    let withGradient = graph.sourcesWithGradient()
    let found = layers.indices.flatMap { source in
      let readers = graph.nodes.filter { $0.inputs.contains(.node(source)) }
      return [Placement.data, .model].compactMap { placement in
        crossing(
          of: source, for: readers.filter { layers[$0.index].placement == placement },
          hasGradient: withGradient.contains(.node(source)))
      }
    }
    return found.sorted { ($0.readers[0], $0.source) < ($1.readers[0], $1.source) }
  }

  /// Before the losses of outputs, of which devices have slices: every device computes the loss of
  /// all, so that nothing has to move in backward.
  func outputCrossings() -> [Crossing] {
    let outputs = graph.auxiliaryOutputs.map(\.node) + [graph.nodes.count - 1]
    return outputs.compactMap { index in
      guard mesh.model > 1, case .channels = layers[index].output else { return nil }
      let shape = graph.nodes[index].outputShape
      return Crossing(
        source: index, shape: shape, from: layers[index].output,
        to: .channels(mesh.members.map { _ in .all(shape.channels) }), readers: [],
        hasGradient: false)
    }
  }

  /// - Parameter readers: layers of one placement.
  private func crossing(
    of source: Int, for readers: [NetworkGraph.Node], hasGradient: Bool
  ) -> Crossing? {
    let from = layers[source].output
    let shape = graph.nodes[source].outputShape
    var lacking: [Int] = []
    var needed: Distribution?
    for reader in readers {
      for (input, read) in zip(reader.inputs, layers[reader.index].inputs)
      where input == .node(source) && read != .whole {
        needed = union(needed, read)
        if lacks(from, read, shape) { lacking.append(reader.index) }
      }
    }
    guard let needed, let first = lacking.first else { return nil }
    let distinct = lacking.dropFirst().reduce(into: [first]) { list, index in
      if list.last != index { list.append(index) }
    }
    return Crossing(
      source: source, shape: shape, from: from, to: needed, readers: distinct,
      hasGradient: hasGradient)
  }

  private func union(_ left: Distribution?, _ right: Distribution) -> Distribution {
    guard case .channels(let before) = left, case .channels(let more) = right else { return right }
    return .channels(zip(before, more).map { $0.union($1) })
  }

  /// Whether a device needs what it does not have.
  private func lacks(_ held: Distribution, _ needed: Distribution, _ shape: Shape) -> Bool {
    if mesh.model == 1 { return false }
    return switch (held, needed) {
    case (.whole, _), (.images, .images): false
    case (.images, .channels), (.channels, .images): true
    case (.channels(let held), .channels(let needed)):
      !zip(needed, held).allSatisfy { $0.isSubset(of: $1) }
    case (_, .whole): false
    }
  }
}
