import TandemNetwork

extension RadialBasisOutput: ReferenceLayer {
  func reference(_ call: ReferenceCall) -> [Double] {
    let features = call.inputShapes[0].elementCount
    return (0..<call.images).flatMap { image in
      targets.map { target in
        -target.enumerated().reduce(0.0) { sum, value in
          let difference = call.inputs[0][image * features + value.offset] - Double(value.element)
          return sum + difference * difference
        }
      }
    }
  }
}
