import TandemExecution
import TandemNetwork
import TandemTensor
import TandemZoo

/// A layer of a network of the zoo that kernels of Tandem's own compute, with the activation and
/// the pooling that they compute along: a network of its own, to be computed by them and by oneDNN.
struct KernelCase {
  /// The first network that has it, and the layer's path there: `vgg-d conv1_2`.
  let name: String
  /// What it does, as in `64 → 64 by 3×3 on 224×224`.
  let shape: String
  let images: Int
  private let graph: NetworkGraph
  /// Whether there is a layer before it, which wants the gradient of its input.
  private let wantsInputGradient: Bool

  /// The training plan by kernels of Tandem's own, or by oneDNN's everywhere.
  func plan(own: Bool) throws -> Plan {
    try Plan(
      graph, images: images, mode: .training,
      use: PlanUse(gradientOfImages: wantsInputGradient, usesOwnKernels: own))
  }

  // MARK: Of the zoo

  /// Each shape once.
  /// - Parameter part: of the names of networks or layers; nil for all.
  static func all(namesContaining part: String?) throws -> [KernelCase] {
    var known: Set<String> = []
    var cases: [KernelCase] = []
    for entry in Zoo.models {
      let graph = try Zoo.network(named: entry.name).graph()
      let images = images(of: graph)
      let report = try Plan(graph, images: images, mode: .training).report
      let own = Set(
        report.filter { $0.implementation == "tandem" && $0.multiplyAdds > 0 }.map(\.layer))
      let labels = Set(report.map(\.label))
      for node in graph.nodes where own.contains(node.name) {
        let name = "\(entry.name) \(node.name)"
        // Those that compute several images in a vector have weights in an order of their own.
        let computesAlong = labels.contains("\(node.name).weight for forward")
        let layers = computesAlong ? chain(from: node, in: graph) : [node.layer]
        let key = "\(node.inputShapes[0]) \(images) \(layers)"
        guard part.map(name.contains) ?? true, known.insert(key).inserted else { continue }
        let candidate = try KernelCase(
          name: name, shape: shape(node), images: images,
          graph: Network("case", input: node.inputShapes[0]) { for layer in layers { layer } }
            .graph(),
          wantsInputGradient: node.inputs[0] != .networkInput)
        if try candidate.isOwn { cases.append(candidate) }
      }
    }
    return cases
  }

  /// Whether own kernels compute it without the layers around it, too, and oneDNN can.
  private var isOwn: Bool {
    get throws {
      func hasOwn(_ plan: Plan) -> Bool {
        plan.report.contains { $0.implementation == "tandem" && $0.multiplyAdds > 0 }
      }
      return try hasOwn(plan(own: true)) && !hasOwn(plan(own: false))
    }
  }

  /// As many as a worker has at once.
  private static func images(of graph: NetworkGraph) -> Int {
    graph.inputShape.elementCount <= 3 * 96 * 96 ? 64 : 8
  }

  /// The layer and those after it that kernels compute along, as far as nothing else reads between.
  private static func chain(
    from node: NetworkGraph.Node, in graph: NetworkGraph
  ) -> [any Layer] {
    var layers = [node.layer]
    var last = node
    while layers.count < 3 {
      let readers = graph.nodes.filter { $0.inputs.contains(.node(last.index)) }
      guard readers.count == 1, readers[0].inputs.count == 1, let next = readers.first,
        type(of: next.layer).kind.hasSuffix("pool") || isActivation(next.layer)
      else { break }
      layers.append(next.layer)
      last = next
    }
    return layers
  }

  private static func isActivation(_ layer: any Layer) -> Bool {
    layer is ReLU || layer is Tanh || layer is Sigmoid || layer is ScaledTanh
  }

  private static func shape(_ node: NetworkGraph.Node) -> String {
    let input = node.inputShapes[0]
    guard let layer = node.layer as? Conv2D else {
      return "\(input.elementCount) → \(node.outputShape.elementCount)"
    }
    let groups = layer.groups == 1 ? "" : " in \(layer.groups) groups"
    return "\(input[0]) → \(layer.outputChannels) by \(layer.kernel.height)×\(layer.kernel.width)"
      + "\(groups) on \(input[1])×\(input[2])"
  }
}
