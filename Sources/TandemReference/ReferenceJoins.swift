import TandemNetwork
import TandemTensor

extension Concatenation: ReferenceLayer {
  func reference(_ call: ReferenceCall) -> [Double] {
    (0..<call.images).flatMap { image in
      zip(call.inputs, call.inputShapes).flatMap { values, shape in
        values[image * shape.elementCount..<(image + 1) * shape.elementCount]
      }
    }
  }
}

extension ZeroPaddedShortcut: ReferenceLayer {
  func reference(_ call: ReferenceCall) -> [Double] {
    let input = call.inputShapes[0]
    var output: [Double] = []
    for image in 0..<call.images {
      for channel in 0..<channels {
        for row in Swift.stride(from: 0, to: input[1], by: stride) {
          for column in Swift.stride(from: 0, to: input[2], by: stride) {
            let index = ((image * input[0] + channel) * input[1] + row) * input[2] + column
            output.append(channel < input[0] ? call.inputs[0][index] : 0)
          }
        }
      }
    }
    return output
  }
}

extension Addition: ReferenceLayer {
  func reference(_ call: ReferenceCall) -> [Double] {
    (0..<call.outputCount).map { index in call.inputs.reduce(0) { $0 + $1[index] } }
  }
}
