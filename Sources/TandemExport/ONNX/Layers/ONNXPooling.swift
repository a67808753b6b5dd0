import TandemNetwork
import TandemTensor

// Images have one size here, so what ceil mode reaches over is a number: it becomes padding at the
// end, and which windows there are does not depend on a runtime's reading of `ceil_mode`.

extension PoolGeometry {
  /// The padding with what the last windows reach over beyond it, at the ends of the axes.
  fileprivate var padsWithExtra: [Int] {
    [padding.top, padding.left, padding.bottom + extraBottom, padding.right + extraRight]
  }

  fileprivate var hasExtra: Bool { extraBottom > 0 || extraRight > 0 }
}

private func windowAttributes(
  _ kernel: Size2D, _ stride: Size2D, pads: [Int]
) -> [String: ONNXAttribute] {
  [
    "kernel_shape": .ints([kernel.height, kernel.width]),
    "strides": .ints([stride.height, stride.width]), "pads": .ints(pads),
  ]
}

extension MaxPool2D: ONNXLayer {
  func addOperators(_ call: ONNXCall) -> String {
    let geometry = call.requireGeometry { try self.geometry(for: $0) }
    return call.finish(
      "MaxPool", [call.inputs[0]], windowAttributes(kernel, stride, pads: geometry.padsWithExtra))
  }
}

extension AveragePool2D: ONNXLayer {
  func addOperators(_ call: ONNXCall) -> String {
    let geometry = call.requireGeometry { try self.geometry(for: $0) }
    let countsPadding = countIncludesPadding && geometry.padding != .zero
    guard countsPadding, geometry.hasExtra else {
      var attributes = windowAttributes(kernel, stride, pads: geometry.padsWithExtra)
      attributes["count_include_pad"] = .int(countsPadding ? 1 : 0)
      return call.finish("AveragePool", [call.inputs[0]], attributes)
    }
    // The padding counts and what lies beyond it does not: zeros that are there, and padding.
    let edges = geometry.padding
    let padded = call.step(
      "padded", "Pad",
      [
        call.inputs[0],
        call.constant("pads", [0, 0, edges.top, edges.left, 0, 0, edges.bottom, edges.right]),
      ])
    return call.finish(
      "AveragePool", [padded],
      windowAttributes(kernel, stride, pads: [0, 0, geometry.extraBottom, geometry.extraRight]))
  }
}

extension GlobalAveragePool2D: ONNXLayer {
  func addOperators(_ call: ONNXCall) -> String {
    let means = call.step("means", "GlobalAveragePool", [call.inputs[0]])
    return call.finish("Flatten", [means], ["axis": .int(1)])
  }
}

extension AdaptiveAveragePool2D: ONNXLayer {
  /// Windows of one size where the output's size divides the input's; else products with matrices
  /// of means, one for the columns and one for the rows, since a window's mean is the mean of its
  /// rows' means.
  func addOperators(_ call: ONNXCall) -> String {
    let (height, width) = (call.inputShape[1], call.inputShape[2])
    if height == output.height, width == output.width { return call.inputs[0] }
    if height % output.height == 0, width % output.width == 0 {
      let kernel = Size2D(height: height / output.height, width: width / output.width)
      return call.finish(
        "AveragePool", [call.inputs[0]], windowAttributes(kernel, kernel, pads: [0, 0, 0, 0]))
    }
    let columns = Self.means(input: width, output: output.width)
    let rows = Self.means(input: height, output: output.height)
    let acrossColumns = call.step(
      "columns", "MatMul",
      [
        call.inputs[0],
        call.constant(
          "columns-of-means", Self.transposed(columns, rows: output.width),
          shape: [width, output.width]),
      ])
    return call.finish(
      "MatMul",
      [call.constant("rows-of-means", rows, shape: [output.height, height]), acrossColumns])
  }

  /// `[output, input]`, in each row the weights of one window.
  private static func means(input: Int, output: Int) -> [Float] {
    windows(input: input, output: output).flatMap { window in
      (0..<input).map { window.contains($0) ? 1 / Float(window.count) : 0 }
    }
  }

  private static func transposed(_ values: [Float], rows: Int) -> [Float] {
    let columns = values.count / rows
    return (0..<values.count).map { values[$0 % rows * columns + $0 / rows] }
  }
}

extension TrainableSubsampling: ONNXLayer {
  /// The trained numbers as `[C, 1, 1]`, so that each is for one map.
  func addOperators(_ call: ONNXCall) -> String {
    let shape = [call.inputShape[0], 1, 1]
    let means = call.step(
      "means", "AveragePool", [call.inputs[0]],
      windowAttributes(kernel, kernel, pads: [0, 0, 0, 0]))
    let scaled = call.step("scaled", "Mul", [means, call.parameter("weight", shape: shape)])
    return call.finish("Add", [scaled, call.parameter("bias", shape: shape)])
  }
}

extension ONNXCall {
  /// The windows of a layer, whose input the graph has accepted.
  fileprivate func requireGeometry(_ make: (Shape) throws -> PoolGeometry) -> PoolGeometry {
    guard let geometry = try? make(inputShape) else {
      preconditionFailure("\(node.name) was accepted for another input")
    }
    return geometry
  }
}
