import TandemNetwork
import TandemTensor

/// What a layer has at its place in an ONNX graph: the names of its inputs, the name for its
/// output, and its parameters.
struct ONNXCall {
  let graph: ONNXGraphBuilder
  let node: NetworkGraph.Node
  let inputs: [String]
  let output: String

  /// The shape of the first input, `[C, H, W]` or `[F]`, without the batch axis.
  var inputShape: Shape { node.inputShapes[0] }
  var outputShape: Shape { node.outputShape }

  /// Adds the operator that computes the layer's output.
  func finish(
    _ type: String, _ inputs: [String], _ attributes: [String: ONNXAttribute] = [:]
  ) -> String {
    graph.add(type, inputs, output: output, name: node.name, attributes)
    return output
  }

  /// Adds an operator whose output goes into further ones of the layer.
  /// - Parameter part: what its output is to the layer, unique in it.
  func step(
    _ part: String, _ type: String, _ inputs: [String],
    _ attributes: [String: ONNXAttribute] = [:]
  ) -> String {
    let name = "\(node.name)/\(part)"
    graph.add(type, inputs, output: name, name: name, attributes)
    return name
  }

  /// A parameter of the layer under its full name, `conv1.weight`.
  /// - Parameter shape: nil for the parameter's own.
  func parameter(_ name: String, shape: [Int]? = nil) -> String {
    graph.addParameter("\(node.name).\(name)", shape: shape)
  }

  /// The values of a parameter of the layer.
  func values(of name: String) -> UnsafeBufferPointer<Float> {
    graph.values(of: "\(node.name).\(name)")
  }

  /// Numbers that are part of the layer's description.
  func constant(_ part: String, _ values: [Float], shape: [Int]) -> String {
    graph.addConstant("\(node.name)/\(part)", values, shape: shape)
  }

  func constant(_ part: String, _ values: [Int]) -> String {
    graph.addConstant("\(node.name)/\(part)", values)
  }

  /// The first input as a row of features for each image.
  func features() -> String {
    inputShape.rank == 1
      ? inputs[0] : step("features", "Flatten", [inputs[0]], ["axis": .int(1)])
  }
}
