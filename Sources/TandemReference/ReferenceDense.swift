import TandemNetwork
import TandemTensor

extension Dense: ReferenceLayer {
  func reference(_ call: ReferenceCall) -> [Double] {
    let input = call.inputs[0]
    let weight = call.parameter("weight")
    let bias = hasBias ? call.parameter("bias") : Array(repeating: 0, count: outputs)
    let features = call.inputShapes[0].elementCount
    var output = Array(repeating: 0.0, count: call.outputCount)
    for image in 0..<call.images {
      for unit in 0..<outputs {
        var sum = bias[unit]
        for feature in 0..<features {
          sum += weight[unit * features + feature] * input[image * features + feature]
        }
        output[image * outputs + unit] = sum
      }
    }
    return output
  }
}

extension Flatten: ReferenceLayer {
  func reference(_ call: ReferenceCall) -> [Double] { call.inputs[0] }
}
