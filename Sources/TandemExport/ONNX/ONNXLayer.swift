import TandemNetwork

/// A layer that operators of ONNX can compute, as at inference.
protocol ONNXLayer: Layer {
  /// Adds the operators of the layer at a place in a graph.
  /// - Returns: the name of the value that is the layer's output: `call.output`, or for a layer
  ///   that does nothing at inference its input.
  func addOperators(_ call: ONNXCall) -> String
}
