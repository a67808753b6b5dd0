import TandemTensor

/// What one device of a model group computes of a placed network, as a graph of its own: layers are
/// cut to the device's channels, and crossings are nodes (`CrossingLayer`). Parameters keep their
/// places in the arena of the whole network, of which the device uses its slices.
///
/// The graphs of all devices of a group have the same nodes in the same order, so that all of them
/// come to the same crossings.
package struct DeviceGraph: Sendable {
  package let graph: NetworkGraph
  package let placed: PlacedNetwork
  /// 0 ..< `placed.mesh.model`
  package let member: Int
  /// Those of the network, and behind them those that bring slices of outputs together for the
  /// losses.
  package let crossings: [Crossing]
  /// The numbers of the latter.
  package let outputCrossings: Set<Int>
  /// Whether the device computes, at each node of `graph`, images of its own, instead of all of the
  /// data part.
  package let hasOwnImages: [Bool]
  /// The channels that it computes at each node of `graph`, as the whole network numbers them.
  package let channels: [ChannelSet]
  /// Whether the network's input is that of images of its own.
  package let readsOwnImages: Bool
  /// How many of the device's nodes, and dropout layers, stand before this graph where it is a
  /// part.
  package let nodesBefore: Int
  package let dropoutsBefore: Int

  /// - Throws: `PlacementError` for a layer whose slice cannot be computed.
  package init(_ placed: PlacedNetwork, member: Int) throws {
    var construction = DeviceGraphConstruction(placed, member: member)
    try construction.run()
    self.placed = placed
    self.member = member
    crossings = construction.crossings
    outputCrossings = construction.outputCrossings
    hasOwnImages = construction.hasOwnImages
    channels = construction.channels
    readsOwnImages = construction.readsOwnImages
    nodesBefore = 0
    dropoutsBefore = 0
    let whole = placed.graph
    graph = NetworkGraph(
      name: whole.name, inputShape: whole.inputShape, nodes: construction.nodes,
      auxiliaryOutputs: construction.auxiliaryOutputs,
      parameterLayout: ParameterLayout(entries: construction.entries, of: whole.parameterLayout))
  }
}

/// Goes through a placed network and cuts each layer to what one device computes.
private struct DeviceGraphConstruction {
  private let placed: PlacedNetwork
  private let member: Int
  private(set) var nodes: [NetworkGraph.Node] = []
  private(set) var hasOwnImages: [Bool] = []
  private(set) var channels: [ChannelSet] = []
  private(set) var crossings: [Crossing]
  private(set) var outputCrossings: Set<Int> = []
  private(set) var auxiliaryOutputs: [NetworkGraph.AuxiliaryOutput] = []
  private(set) var readsOwnImages = false
  /// The device's entry for each parameter of the whole network.
  private var slices: [String: ParameterLayout.Entry] = [:]
  /// The place of each output of the whole network's nodes, and after a crossing what it needs.
  private var outputs: [Value] = []
  private var crossed: [Int: Value] = [:]

  /// A value as the device has it.
  private struct Value {
    let source: NetworkGraph.Source
    let channels: ChannelSet
    /// The shape with all channels.
    let shape: Shape

    var deviceShape: Shape { shape.with(channels: channels.count) }
  }

  init(_ placed: PlacedNetwork, member: Int) {
    self.placed = placed
    self.member = member
    crossings = placed.crossings
  }

  private var graph: NetworkGraph { placed.graph }

  mutating func run() throws {
    let inputReaders = graph.nodes.filter { $0.inputs.contains(.networkInput) }
    readsOwnImages = inputReaders.contains { placed.layers[$0.index].placement == .data }
    for node in graph.nodes {
      outputs.append(try append(node))
      for number in placed.crossings.indices where placed.crossings[number].source == node.index {
        crossed[number] = append(crossing: number)
      }
    }
    for output in graph.auxiliaryOutputs {
      auxiliaryOutputs.append(.init(node: try appendOutput(output.node), weight: output.weight))
    }
    // The last node of a graph is its output.
    _ = try appendOutput(graph.nodes.count - 1)
  }

  /// The entries in the order of the whole network's arena.
  var entries: [ParameterLayout.Entry] {
    graph.parameterLayout.entries.compactMap { slices[$0.name] }
  }

  // MARK: Nodes

  private mutating func append(_ node: NetworkGraph.Node) throws -> Value {
    let layer = placed.layers[node.index]
    let wanted = layer.output.channels(ofMember: member, of: node.outputShape.channels)
    if readsOwnImages, layer.placement == .model, node.inputs.contains(.networkInput) {
      throw error(
        node, "it reads all images while others read a device's own",
        remedy: "place all layers that read the images alike")
    }
    let inputs = try zip(node.inputs, layer.inputs).map { source, need in
      try input(source, need, of: node)
    }
    // A layer that works channel by channel, but for its neighbours, computes those of its
    // neighbours too.
    let computed =
      node.layer.outputChannels(keeping: inputs.map(\.channels), inputs: node.inputShapes) ?? wanted
    let isSliced = layer.placement == .model && computed != .all(node.outputShape.channels)
    var part: any Layer = node.layer
    if isSliced {
      guard let slice = node.layer.slice(computed, inputs: node.inputShapes) else {
        throw error(
          node, "\(node.layer) cannot be computed in such slices",
          remedy: "use `parallelism` data, or another `mesh`")
      }
      part = slice
    }
    let value = add(
      node, part, inputs, channels: computed, isAuxiliary: node.isAuxiliary,
      ownImages: layer.placement == .data)
    try cutParameters(of: node, computed)
    return try window(value, wanted, before: node)
  }

  private mutating func input(
    _ source: NetworkGraph.Source, _ need: Distribution, of node: NetworkGraph.Node
  ) throws -> Value {
    guard case .node(let index) = source else {
      return Value(
        source: .networkInput, channels: .all(graph.inputShape.channels), shape: graph.inputShape)
    }
    let number = placed.crossings.indices.first { number in
      let crossing = placed.crossings[number]
      return crossing.source == index && crossing.readers.contains(node.index)
        && need.isSameKind(as: crossing.to)
    }
    let value = number.flatMap { crossed[$0] } ?? outputs[index]
    return try window(
      value, need.channels(ofMember: member, of: value.shape.channels), before: node)
  }

  private mutating func append(crossing number: Int) -> Value {
    let crossing = crossings[number]
    let source = outputs[crossing.source]
    let channels = crossing.to.channels(ofMember: member, of: crossing.shape.channels)
    let node = graph.nodes[crossing.source]
    return add(
      node, suffix: "crossing",
      CrossingLayer(crossing: number, output: crossing.shape.with(channels: channels.count)),
      [source], channels: channels, isAuxiliary: node.isAuxiliary,
      ownImages: crossing.to == .images)
  }

  /// Brings the slices of an output together, if it has any.
  private mutating func appendOutput(_ index: Int) throws -> Int {
    if let crossing = placed.outputCrossings.first(where: { $0.source == index }) {
      outputCrossings.insert(crossings.count)
      crossings.append(crossing)
      outputs[index] = append(crossing: crossings.count - 1)
    }
    guard case .node(let node) = outputs[index].source else { return nodes.count - 1 }
    return node
  }

  /// Some of a value's channels; the value itself if these are all that it has.
  private mutating func window(
    _ value: Value, _ wanted: ChannelSet, before reader: NetworkGraph.Node
  ) throws -> Value {
    if value.channels == wanted { return value }
    guard let range = value.channels.positions(of: wanted) else {
      throw error(
        reader, "it needs channels \(wanted) of \(value.channels), which do not follow each other",
        remedy: "use `parallelism` data, or another `mesh`")
    }
    return add(
      reader, suffix: "window", ChannelWindow(channels: range), [value], channels: wanted,
      isAuxiliary: reader.isAuxiliary, ownImages: false)
  }

  private mutating func add(
    _ node: NetworkGraph.Node, suffix: String? = nil, _ layer: any Layer, _ inputs: [Value],
    channels: ChannelSet, isAuxiliary: Bool, ownImages: Bool
  ) -> Value {
    let index = nodes.count
    let shape = suffix == nil ? node.outputShape : inputs[0].shape
    let inputShapes = inputs.map(\.deviceShape)
    nodes.append(
      NetworkGraph.Node(
        index: index, name: suffix.map { "\(node.name).\($0)\(index)" } ?? node.name, layer: layer,
        inputs: inputs.map(\.source), inputShapes: inputShapes,
        outputShape: shape.with(channels: channels.count),
        parameters: suffix == nil ? node.parameters : [],
        multiplyAdds: layer.multiplyAdds(for: inputShapes), stage: node.stage,
        placement: node.placement, isAuxiliary: isAuxiliary))
    hasOwnImages.append(ownImages)
    self.channels.append(channels)
    return Value(source: .node(index), channels: channels, shape: shape)
  }

  // MARK: Parameters

  private mutating func cutParameters(
    of node: NetworkGraph.Node, _ outputs: ChannelSet
  ) throws {
    for entry in graph.parameterLayout.entries(ofNode: node.index) {
      let shape = entry.parameter.shape
      let rows = node.layer.parameterRows(for: outputs, of: entry.parameter)
      guard rows.ranges.count == 1 else {
        throw error(
          node, "a device has rows \(rows) of \(entry.name), which do not follow each other",
          remedy: "use `parallelism` data, or another `mesh`")
      }
      slices[entry.name] = entry.part(
        named: entry.name, shape: Shape([rows.count] + shape.dimensions.dropFirst()),
        offset: entry.offset + rows.ranges[0].lowerBound * (shape.elementCount / shape[0]),
        nodeIndex: nodes.count - 1)
    }
  }

  private func error(
    _ node: NetworkGraph.Node, _ problem: String, remedy: String
  ) -> PlacementError {
    PlacementError(
      network: graph.name, layer: node.name, mesh: placed.mesh, problem: problem, remedy: remedy)
  }
}

extension Shape {
  /// The same with another number of channels, or features.
  func with(channels: Int) -> Shape { Shape([channels] + dimensions.dropFirst()) }
}

extension Distribution {
  fileprivate func isSameKind(as other: Distribution) -> Bool {
    switch (self, other) {
    case (.images, .images), (.channels, .channels), (.whole, .whole): true
    default: false
    }
  }
}

extension ChannelSet {
  /// Where some channels are among these, counted from the first of these; nil where they are not
  /// all there or do not follow each other.
  func positions(of wanted: ChannelSet) -> Range<Int>? {
    let own = Array(ranges.joined())
    let places = wanted.ranges.joined().compactMap { own.firstIndex(of: $0) }
    guard places.count == wanted.count, let first = places.first, let last = places.last,
      last - first + 1 == places.count
    else { return nil }
    return first..<last + 1
  }
}
