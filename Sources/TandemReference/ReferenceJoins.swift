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

extension Addition: ReferenceLayer {
  func reference(_ call: ReferenceCall) -> [Double] {
    (0..<call.outputCount).map { index in call.inputs.reduce(0) { $0 + $1[index] } }
  }
}
