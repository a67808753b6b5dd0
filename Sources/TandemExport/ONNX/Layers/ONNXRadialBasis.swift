import TandemNetwork

extension RadialBasisOutput: ONNXLayer {
  /// Features and targets as rows, side by side: `[N, 1, F]` less `[classes, F]`.
  func addOperators(_ call: ONNXCall) -> String {
    let features = call.inputShape[0]
    let rows = call.step(
      "row", "Reshape", [call.inputs[0], call.constant("row-shape", [-1, 1, features])])
    let targets = call.constant(
      "targets", self.targets.joined().map(Float.init), shape: [self.targets.count, features])
    let differences = call.step("differences", "Sub", [rows, targets])
    let distances = call.step(
      "distances", "ReduceSumSquare", [differences], ["axes": .ints([2]), "keepdims": .int(0)])
    return call.finish("Neg", [distances])
  }
}
