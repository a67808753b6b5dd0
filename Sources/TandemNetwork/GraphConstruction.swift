import TandemTensor

/// Walks a network's elements in order, gives each layer its path and its shapes, and appends it to
/// the graph; so each node follows its inputs.
struct GraphConstruction {
  private let network: Network
  private var nodes: [NetworkGraph.Node] = []
  private var auxiliaryOutputs: [NetworkGraph.AuxiliaryOutput] = []
  private var stage: String?
  private var placement: Placement?
  private var isInAuxiliary = false

  static func graph(of network: Network) throws -> NetworkGraph {
    let shape = network.inputShape
    guard shape.rank == 1 || shape.rank == 3, shape.dimensions.allSatisfy({ $0 >= 1 }),
      shape.boundedElementCount != nil
    else { throw NetworkError.inputShape(network: network.name, shape: shape) }
    var construction = GraphConstruction(network: network)
    _ = try construction.append(network.elements, scope: "", reading: .networkInput)
    guard let output = construction.nodes.last else {
      throw NetworkError.noLayers(network: network.name)
    }
    for auxiliary in construction.auxiliaryOutputs {
      let node = construction.nodes[auxiliary.node]
      if node.index == output.index {
        throw NetworkError.auxiliaryAtEnd(network: network.name, path: node.name)
      }
      if node.outputShape != output.outputShape {
        throw NetworkError.auxiliaryShape(
          network: network.name, path: node.name, shape: node.outputShape,
          output: output.outputShape)
      }
    }
    if output.isAuxiliary {
      throw NetworkError.auxiliaryAtEnd(network: network.name, path: output.name)
    }
    return NetworkGraph(
      name: network.name, inputShape: network.inputShape, nodes: construction.nodes,
      auxiliaryOutputs: construction.auxiliaryOutputs)
  }

  private init(network: Network) {
    self.network = network
  }

  /// Appends elements one after the other.
  /// - Returns: where the last one's output is; the source itself if there are none.
  private mutating func append(
    _ elements: [NetworkElement], scope: String, reading source: NetworkGraph.Source,
    reservedName: String? = nil
  ) throws -> NetworkGraph.Source {
    var names = NameScope(network: network.name, path: scope)
    let unpacked = Self.unpacked(elements, stage: stage, placement: placement)
    for name in unpacked.compactMap(\.element.name) + [reservedName].compactMap({ $0 }) {
      try names.reserve(name)
    }
    let (outerStage, outerPlacement) = (stage, placement)
    defer { (stage, placement) = (outerStage, outerPlacement) }
    var source = source
    for (element, stage, placement) in unpacked {
      self.stage = stage
      self.placement = placement
      let path = names.path(element.name ?? names.automaticName(element.namePrefix))
      source = try append(element.content, path: path, reading: source)
    }
    return source
  }

  /// The elements with those of stages in place of the stages, each with its stage's title; and the
  /// same of placements.
  private static func unpacked(
    _ elements: [NetworkElement], stage: String?, placement: Placement?
  ) -> [(element: NetworkElement, stage: String?, placement: Placement?)] {
    elements.flatMap { element in
      switch element.content {
      case .stage(let title, let inner): unpacked(inner, stage: title, placement: placement)
      case .placed(let placement, let inner): unpacked(inner, stage: stage, placement: placement)
      default: [(element, stage, placement)]
      }
    }
  }

  private mutating func append(
    _ content: NetworkElement.Content, path: String, reading source: NetworkGraph.Source
  ) throws -> NetworkGraph.Source {
    switch content {
    case .layer(let box):
      return try append(box.layer, path: path, reading: [source])
    case .block(let elements), .stage(_, let elements), .placed(_, let elements):
      guard elements.contains(where: { !$0.isAuxiliary }) else {
        throw NetworkError.emptyBranch(network: network.name, path: path)
      }
      return try append(elements, scope: path, reading: source)
    case .auxiliary(let elements, let weight):
      try appendAuxiliary(elements, weight: weight, path: path, reading: source)
      return source
    case .concat(let branches):
      return try append(branches, path: path, reading: source)
    case .residual(let main, let shortcut, let shortcutName):
      guard !main.isEmpty else {
        throw NetworkError.emptyBranch(network: network.name, path: path)
      }
      let sum = try append(
        main, scope: path, reading: source, reservedName: shortcut.isEmpty ? nil : shortcutName)
      let identity = try append(shortcut, scope: "\(path).\(shortcutName)", reading: source)
      return try append(Addition(), path: path, reading: [sum, identity])
    }
  }

  /// Appends a side branch, which ends in an output.
  private mutating func appendAuxiliary(
    _ elements: [NetworkElement], weight: Float, path: String,
    reading source: NetworkGraph.Source
  ) throws {
    guard weight > 0, weight.isFinite else {
      throw NetworkError.auxiliaryWeight(network: network.name, path: path, weight: weight)
    }
    let isNested = isInAuxiliary
    isInAuxiliary = true
    defer { isInAuxiliary = isNested }
    let before = nodes.count
    let end = try append(elements, scope: path, reading: source)
    guard nodes.count > before, case .node(let index) = end else {
      throw NetworkError.emptyBranch(network: network.name, path: path)
    }
    auxiliaryOutputs.append(.init(node: index, weight: weight))
  }

  private mutating func append(
    _ branches: [Branch], path: String, reading source: NetworkGraph.Source
  ) throws -> NetworkGraph.Source {
    guard branches.count >= 2 else {
      throw NetworkError.tooFewBranches(network: network.name, path: path, count: branches.count)
    }
    var names = NameScope(network: network.name, path: path)
    for name in branches.compactMap(\.name) { try names.reserve(name) }
    var ends: [NetworkGraph.Source] = []
    for branch in branches {
      let scope = names.path(branch.name ?? names.automaticName("branch"))
      guard !branch.elements.isEmpty else {
        throw NetworkError.emptyBranch(network: network.name, path: scope)
      }
      ends.append(try append(branch.elements, scope: scope, reading: source))
    }
    return try append(Concatenation(), path: path, reading: ends)
  }

  private mutating func append(
    _ layer: any Layer, path: String, reading inputs: [NetworkGraph.Source]
  ) throws -> NetworkGraph.Source {
    let inputShapes = inputs.map { source in
      switch source {
      case .networkInput: network.inputShape
      case .node(let index): nodes[index].outputShape
      }
    }
    let outputShape: Shape
    do {
      outputShape = try layer.outputShape(for: inputShapes)
    } catch {
      throw NetworkError.layer(network: network.name, path: path, error: error)
    }
    try checkSize(outputShape, "the output", path: path)
    let parameters = layer.parameters(for: inputShapes)
    if let own = layer as? any OwnLayer {
      do {
        try own.checkOwnLayer(parameters: parameters)
      } catch {
        throw NetworkError.layer(network: network.name, path: path, error: error)
      }
    }
    for parameter in parameters {
      try checkSize(parameter.shape, "the parameter \(parameter.name)", path: path)
    }
    nodes.append(
      NetworkGraph.Node(
        index: nodes.count, name: path, layer: layer, inputs: inputs, inputShapes: inputShapes,
        outputShape: outputShape, parameters: parameters,
        multiplyAdds: layer.multiplyAdds(for: inputShapes), stage: stage, placement: placement,
        isAuxiliary: isInAuxiliary))
    return .node(nodes.count - 1)
  }

  private func checkSize(_ shape: Shape, _ what: String, path: String) throws {
    guard shape.boundedElementCount != nil else {
      throw NetworkError.tooLarge(network: network.name, path: path, what: what, shape: shape)
    }
  }
}

/// The names of one container's elements: explicit ones as given, the others a prefix and a running
/// number that skips what is taken.
private struct NameScope {
  let network: String
  let path: String
  private var taken: Set<String> = []
  private var counts: [String: Int] = [:]

  init(network: String, path: String) {
    self.network = network
    self.path = path
  }

  mutating func reserve(_ name: String) throws {
    let allowed = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
    guard allowed, !name.isEmpty else {
      throw NetworkError.invalidName(network: network, scope: path, name: name)
    }
    guard taken.insert(name).inserted else {
      throw NetworkError.duplicateName(network: network, path: self.path(name))
    }
  }

  mutating func automaticName(_ prefix: String) -> String {
    var number = counts[prefix, default: 0]
    repeat { number += 1 } while taken.contains("\(prefix)\(number)")
    counts[prefix] = number
    return "\(prefix)\(number)"
  }

  func path(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}
