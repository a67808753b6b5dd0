import TandemNetwork

extension Concatenation: ONNXLayer {
  func addOperators(_ call: ONNXCall) -> String {
    call.finish("Concat", call.inputs, ["axis": .int(1)])
  }
}

extension Addition: ONNXLayer {
  func addOperators(_ call: ONNXCall) -> String {
    call.finish(call.inputs.count == 2 ? "Add" : "Sum", call.inputs)
  }
}

extension ZeroPaddedShortcut: ONNXLayer {
  func addOperators(_ call: ONNXCall) -> String {
    let input = call.inputShape
    let missing = channels - input[0]
    if stride == 1, missing == 0 { return call.inputs[0] }
    let slice = [
      call.inputs[0], call.constant("starts", [0, 0]), call.constant("ends", [input[1], input[2]]),
      call.constant("axes", [2, 3]), call.constant("steps", [stride, stride]),
    ]
    if missing == 0 { return call.finish("Slice", slice) }
    let sliced = stride == 1 ? call.inputs[0] : call.step("sliced", "Slice", slice)
    return call.finish("Pad", [sliced, call.constant("pads", [0, 0, 0, 0, 0, missing, 0, 0])])
  }
}
