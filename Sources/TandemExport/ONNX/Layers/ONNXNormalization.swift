import TandemNetwork

extension BatchNorm2D: ONNXLayer {
  func addOperators(_ call: ONNXCall) -> String {
    call.finish(
      "BatchNormalization",
      call.inputs
        + ["weight", "bias", "running_mean", "running_var"].map { call.parameter($0) },
      ["epsilon": .float(Double(epsilon))])
  }
}

extension LocalResponseNorm: ONNXLayer {
  /// ONNX's α is divided by the size of the window. With groups, their channels become channels of
  /// images of their own for the operator.
  func addOperators(_ call: ONNXCall) -> String {
    let attributes: [String: ONNXAttribute] = [
      "size": .int(size), "alpha": .float(alphaOfSum * Double(size)),
      "beta": .float(Double(beta)), "bias": .float(Double(k)),
    ]
    if groups == 1 { return call.finish("LRN", call.inputs, attributes) }
    let shape = call.inputShape.dimensions
    let divided = call.step(
      "groups", "Reshape",
      [call.inputs[0], call.constant("group", [-1, shape[0] / groups, shape[1], shape[2]])])
    let normalized = call.step("normalized", "LRN", [divided], attributes)
    return call.finish("Reshape", [normalized, call.constant("whole", [-1] + shape)])
  }
}
