import TandemNetwork

extension ReLU: ONNXLayer {
  func addOperators(_ call: ONNXCall) -> String { call.finish("Relu", call.inputs) }
}

extension Tanh: ONNXLayer {
  func addOperators(_ call: ONNXCall) -> String { call.finish("Tanh", call.inputs) }
}

extension Sigmoid: ONNXLayer {
  func addOperators(_ call: ONNXCall) -> String { call.finish("Sigmoid", call.inputs) }
}

extension ScaledTanh: ONNXLayer {
  func addOperators(_ call: ONNXCall) -> String {
    let scaled = call.step(
      "scaled", "Mul", [call.inputs[0], call.constant("slope", [Self.slope], shape: [])])
    let squashed = call.step("squashed", "Tanh", [scaled])
    return call.finish("Mul", [squashed, call.constant("amplitude", [Self.amplitude], shape: [])])
  }
}

extension Softmax: ONNXLayer {
  func addOperators(_ call: ONNXCall) -> String {
    call.finish("Softmax", call.inputs, ["axis": .int(1)])
  }
}

extension Dropout: ONNXLayer {
  /// Nothing is dropped at inference.
  func addOperators(_ call: ONNXCall) -> String { call.inputs[0] }
}

extension Flatten: ONNXLayer {
  func addOperators(_ call: ONNXCall) -> String {
    call.finish("Flatten", call.inputs, ["axis": .int(1)])
  }
}
