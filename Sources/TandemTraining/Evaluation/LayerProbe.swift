import TandemExecution
import TandemNetwork
import TandemTensor

/// One worker's way into a network: it computes one image at a time and tells what was asked for.
///
/// Ownership: driven by the thread that made it.
package final class LayerProbe {
  package let graph: NetworkGraph
  private let replica: Replica
  private let observed: [Int]
  /// `[C, H, W]`
  private let image: MemoryArena
  /// Nothing is trained, so nothing is ever written here.
  private let noGradients: MemoryArena

  /// - Parameters:
  ///   - plan: of one image.
  ///   - observed: nodes, by whose places here their values are asked for.
  /// - Throws: `ExecutionError`, `MemoryError`.
  init(plan: Plan, parameters: MemoryArena, observed: [Int]) throws {
    precondition(plan.images == 1 && plan.graph.parameterLayout.changingElementCount == 0)
    graph = plan.graph
    self.observed = observed
    replica = try Replica(plan: plan, parameters: parameters.floats())
    image = try MemoryArena(
      byteCount: graph.inputShape.elementCount * MemoryLayout<Float>.size, purpose: "an image")
    noGradients = try MemoryArena(byteCount: MemoryLayout<Float>.size, purpose: "no gradients")
  }

  /// For a thread that computes beside a training.
  ///
  /// - Parameters:
  ///   - graph: as `NetworkGraph.forInspection` makes it.
  ///   - layers: paths of those whose outputs are asked for.
  ///   - parameters: laid out as the graph says; their owner may change them between two passes.
  /// - Throws: `TrainingError.unknownLayer`, `ExecutionError`, `MemoryError`.
  package convenience init(
    _ graph: NetworkGraph, layers: [String], parameters: MemoryArena
  ) throws {
    let nodes = try layers.map { try graph.layer(at: $0).index }
    let plan = try Plan(
      graph, images: 1, mode: .inference, use: PlanUse(observed: Set(nodes)))
    try self.init(plan: plan, parameters: parameters, observed: nodes)
  }

  /// To be called when the parameters have been changed.
  package func parametersChanged() { replica.parametersChanged() }

  /// Computes the output for an image.
  /// - Parameter pixels: `[C, H, W]`, normalised.
  /// - Returns: the output of the last layer.
  package func forward(_ pixels: [Float]) throws -> [Float] {
    precondition(pixels.count == graph.inputShape.elementCount, "\(pixels.count) pixels")
    pixels.withUnsafeBufferPointer { pixels in
      if let base = pixels.baseAddress { image.floats().update(from: base, count: pixels.count) }
    }
    try replica.forward(images: image.floats())
    return values(replica.logits, graph.outputShape)
  }

  /// Computes the gradients of a linear function of the outputs of the last forward pass; each
  /// forward pass allows for one.
  /// - Parameter weights: of the outputs, as many as there are.
  package func backward(from weights: [Float]) throws {
    precondition(weights.count == graph.outputShape.elementCount, "\(weights.count) weights")
    weights.withUnsafeBufferPointer { weights in
      if let base = weights.baseAddress {
        replica.logitsGradient.update(from: base, count: weights.count)
      }
    }
    try replica.backward(into: noGradients.floats())
  }

  /// The same for a single output.
  package func backward(ofOutput index: Int, factor: Float = 1) throws {
    var weights = [Float](repeating: 0, count: graph.outputShape.elementCount)
    weights[index] = factor
    try backward(from: weights)
  }

  /// What a layer that was asked for put out, `outputShape` of its node, after forward.
  /// - Parameter place: the layer's among those of the request.
  package func output(_ place: Int = 0) -> Tensor {
    let node = observed[place]
    let shape = graph.nodes[node].outputShape
    return Tensor(shape: shape, elements: values(replica.observedOutput(ofNode: node), shape))
  }

  /// The gradient with respect to that, after backward.
  package func gradient(_ place: Int = 0) -> Tensor {
    let node = observed[place]
    let shape = graph.nodes[node].outputShape
    return Tensor(shape: shape, elements: values(replica.observedGradient(ofNode: node), shape))
  }

  /// The gradient with respect to the image, `[C, H, W]`, after backward, if it was asked for.
  package func imageGradient() -> Tensor {
    guard let gradient = replica.imagesGradient else {
      preconditionFailure("the gradient of the image was not asked for")
    }
    return Tensor(shape: graph.inputShape, elements: values(gradient, graph.inputShape))
  }

  private func values(_ start: UnsafePointer<Float>, _ shape: Shape) -> [Float] {
    Array(UnsafeBufferPointer(start: start, count: shape.elementCount))
  }
}
