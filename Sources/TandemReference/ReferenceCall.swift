import TandemNetwork
import TandemTensor

/// One node's forward pass over a mini-batch.
struct ReferenceCall {
  /// N
  let images: Int
  /// Each `[N, …]` in plain order.
  let inputs: [[Double]]
  /// Without the batch axis.
  let inputShapes: [Shape]
  let outputShape: Shape
  /// The parameters by their names within the layer.
  let parameters: [String: [Double]]
  let dropout: DropoutContext?
  /// How many dropout nodes stand before this node in the graph.
  let dropoutIndex: Int
  let isTraining: Bool

  var outputCount: Int { images * outputShape.elementCount }

  /// The values of a parameter that the layer has.
  func parameter(_ name: String) -> [Double] {
    guard let values = parameters[name] else { preconditionFailure("no parameter \(name)") }
    return values
  }
}
