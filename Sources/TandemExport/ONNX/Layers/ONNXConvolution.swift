import TandemNetwork
import TandemTensor

extension Conv2D: ONNXLayer {
  func addOperators(_ call: ONNXCall) -> String {
    let edges = padding.resolved(
      input: Size2D(height: call.inputShape[1], width: call.inputShape[2]), kernel: kernel,
      stride: stride)
    return call.finish(
      "Conv",
      [call.inputs[0], call.parameter("weight")] + (hasBias ? [call.parameter("bias")] : []),
      [
        "kernel_shape": .ints([kernel.height, kernel.width]),
        "strides": .ints([stride.height, stride.width]), "pads": .ints(edges.onnxPads),
        "group": .int(groups),
      ])
  }
}

extension ConnectedConv2D: ONNXLayer {
  /// A convolution of all maps, with zeros where there is no connection.
  func addOperators(_ call: ONNXCall) -> String {
    let channels = call.inputShape[0]
    let window = kernel.height * kernel.width
    let values = call.values(of: "weight")
    var weights = [Float](repeating: 0, count: outputChannels * channels * window)
    var row = 0
    for (map, seen) in connections.enumerated() {
      for input in seen {
        let target = (map * channels + input) * window
        for index in 0..<window { weights[target + index] = values[row * window + index] }
        row += 1
      }
    }
    let shape = [outputChannels, channels, kernel.height, kernel.width]
    return call.finish(
      "Conv",
      [call.inputs[0], call.constant("weight", weights, shape: shape), call.parameter("bias")],
      ["kernel_shape": .ints([kernel.height, kernel.width])])
  }
}

extension Dense: ONNXLayer {
  func addOperators(_ call: ONNXCall) -> String {
    call.finish(
      "Gemm",
      [call.features(), call.parameter("weight")] + (hasBias ? [call.parameter("bias")] : []),
      ["transB": .int(1)])
  }
}

extension Edges {
  /// Those at the beginnings of the two axes, then those at their ends.
  var onnxPads: [Int] { [top, left, bottom, right] }
}
