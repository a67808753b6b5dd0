import TandemCollectives
import TandemData
import TandemExecution
import TandemNetwork
import TandemTensor

/// Measures layers for `LayerStatistics`. Images and the order of all sums are the same for any
/// number of workers and ranks, and so are the bits: one worker of the first rank computes.
///
/// Safe to share: all is constant.
final class LayerMeasurement: Sendable {
  private let graph: NetworkGraph
  private let plan: Plan
  private let loss: Loss
  /// `[N] + imageShape`, normalised, not augmented.
  private let images: Tensor
  private let labels: [Int32]
  /// The ReLU behind each node with weights, if one follows.
  private let rectifiers: [Int: Int]

  /// Images that are looked at, evenly spread over the training images, and how many at once.
  private static let mostImages = 64
  private static let mostAtOnce = 8

  /// - Throws: `ExecutionError`, `MemoryError`, and what the data set throws.
  init(_ trainer: Trainer) throws {
    let graph = try TrainedParts(trainer.network.withDropout(0).graph(), trainer.options).graph
    // Without dropout there are other nodes, and the same parameters at the same places.
    precondition(
      graph.parameterLayout.entries.map(\.range)
        == trainer.graph.parameterLayout.entries.map(\.range))
    self.graph = graph
    loss = trainer.loss
    let train = trainer.data.train
    let atOnce = min(Self.mostAtOnce, train.count)
    let chosen = train.spread(min(Self.mostImages, train.count) / atOnce * atOnce)
    images = try chosen.images(trainer.normalization)
    labels = (0..<chosen.count).map(chosen.label)
    let rectifiers = Self.rectifiers(of: graph)
    self.rectifiers = rectifiers
    plan = try trainer.team.onFirstWorker {
      try Plan(
        graph, images: atOnce, mode: .training,
        use: PlanUse(addsGradients: true, observed: Set(rectifiers.values)))
    }
  }

  /// Follows each layer with weights to the ReLU behind it, through what keeps its channels, such
  /// as a normalization. Where outputs are added to others, units are not the layer's any more.
  private static func rectifiers(of graph: NetworkGraph) -> [Int: Int] {
    var owners: [Int: Int] = [:]
    var found: [Int: Int] = [:]
    for node in graph.nodes {
      if !node.weights.isEmpty {
        owners[node.index] = node.index
        continue
      }
      guard node.inputs.count == 1, case .node(let input) = node.inputs[0],
        let owner = owners[input], node.outputShape == graph.nodes[owner].outputShape
      else { continue }
      // What guided gradients change are the rectifiers.
      if node.layer.guided != nil {
        if found[owner] == nil { found[owner] = node.index }
      } else {
        owners[node.index] = owner
      }
    }
    return found
  }

  /// - Parameters:
  ///   - parameters: laid out as the network's; nobody changes them meanwhile.
  ///   - before: what they were before the last step.
  /// - Returns: of each layer with weights, in the order of the network.
  /// - Throws: `ExecutionError`, `MemoryError`.
  func measure(
    _ parameters: MemoryArena, before: [Float], on team: Team
  ) throws -> [LayerStatistics] {
    try team.onFirstWorker { [self] in
      let gradients = try MemoryArena(
        byteCount: max(1, graph.parameterLayout.changingElementCount) * MemoryLayout<Float>.size,
        purpose: "gradients of layer statistics")
      let dead = try pass(parameters, into: gradients)
      return graph.nodes.filter { !$0.weights.isEmpty }.map { node in
        statistics(of: node, parameters, before, gradients, dead: dead[node.index])
      }
    }
  }

  /// Computes the gradient of the mean loss.
  /// - Returns: the part of dead units by the layer before the ReLU.
  private func pass(_ parameters: MemoryArena, into gradients: MemoryArena) throws -> [Int: Double]
  {
    let replica = try Replica(plan: plan, parameters: parameters.floats())
    let outputs = graph.outputShape.elementCount
    let imageElements = graph.inputShape.elementCount
    var isAlive = rectifiers.mapValues { node in
      [Bool](repeating: false, count: graph.nodes[node].outputShape[0])
    }
    try images.elements.withUnsafeBufferPointer { images in
      try labels.withUnsafeBufferPointer { labels in
        guard let images = images.baseAddress, let labels = labels.baseAddress else { return }
        let scale = 1 / Float(self.labels.count)
        for first in stride(from: 0, to: self.labels.count, by: plan.images) {
          try replica.forward(images: images + first * imageElements)
          for (layer, node) in rectifiers {
            note(
              replica.observedOutput(ofNode: node), ofNode: node, in: &isAlive[layer, default: []])
          }
          let own = BatchLabels(own: labels + first)
          _ = loss.evaluate(
            logits: replica.logits, labels: own, images: plan.images, outputs: outputs,
            gradient: replica.logitsGradient, scale: scale)
          for auxiliary in replica.auxiliaryOutputs {
            _ = loss.evaluate(
              logits: auxiliary.logits, labels: own, images: plan.images, outputs: outputs,
              gradient: auxiliary.gradient, scale: scale * auxiliary.weight)
          }
          try replica.backward(into: gradients.floats(), adding: first > 0)
        }
      }
    }
    return isAlive.mapValues { units in
      Double(units.count { !$0 }) / Double(max(1, units.count))
    }
  }

  /// Notes units that are above 0 for one of the images at one of their places.
  private func note(
    _ values: UnsafePointer<Float>, ofNode node: Int, in isAlive: inout [Bool]
  ) {
    let places = graph.nodes[node].outputShape.elementCount / isAlive.count
    for image in 0..<plan.images {
      for unit in isAlive.indices where !isAlive[unit] {
        let start = values + (image * isAlive.count + unit) * places
        isAlive[unit] = (0..<places).contains { start[$0] > 0 }
      }
    }
  }

  private func statistics(
    of node: NetworkGraph.Node, _ parameters: MemoryArena, _ before: [Float],
    _ gradients: MemoryArena, dead: Double?
  ) -> LayerStatistics {
    let names = Set(node.weights.map { "\(node.name).\($0.name)" })
    let entries = graph.parameterLayout.entries.filter { names.contains($0.name) }
    let (values, slopes) = (parameters.floats(), gradients.floats())
    var (size, change, squares) = (0.0, 0.0, 0.0)
    for entry in entries {
      for index in entry.range {
        size += Double(abs(values[index]))
        change += Double(abs(values[index] - before[index]))
        if entry.isTrained { squares += Double(slopes[index]) * Double(slopes[index]) }
      }
    }
    let count = Double(max(1, entries.reduce(0) { $0 + $1.elementCount }))
    return LayerStatistics(
      layer: node.name, meanWeight: size / count, meanChange: change / count,
      gradientNorm: entries.contains(where: \.isTrained) ? squares.squareRoot() : nil,
      deadShare: dead)
  }
}

extension NetworkGraph.Node {
  /// Parameters that are weights of something, and not biases or normalizations.
  fileprivate var weights: [Parameter] { parameters.filter { $0.shape.rank > 1 } }
}
