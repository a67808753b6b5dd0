import TandemData
import TandemNetwork
import TandemTensor

/// The operators that make of pixels what a network sees.
struct ONNXPreprocessing {
  let normalization: Normalization
  /// One image, `[C, H, W]` or `[F]`.
  let shape: Shape

  /// - Throws: `ExportError.normalization`.
  init(_ normalization: Normalization, for network: Network) throws {
    let shape = network.inputShape
    let channels = shape.rank == 3 ? shape[0] : 1
    let values = normalization.whitening?.count
    guard normalization.mean.count == channels, values.map({ $0 == shape.elementCount }) ?? true
    else {
      throw ExportError.normalization(
        network: network.name, input: shape, means: normalization.mean.count, whitened: values)
    }
    self.normalization = normalization
    self.shape = shape
  }

  /// Images of 1 or 3 channels are pictures, whose pixels are bytes; the rest are numbers of any
  /// kind.
  var takesBytes: Bool { shape.rank == 3 && [1, 3].contains(shape[0]) }

  var inputType: ONNXTensorProto.DataType { takesBytes ? .uint8 : .float }

  /// Adds the operators.
  /// - Returns: the name of what the network sees.
  func addOperators(to graph: ONNXGraphBuilder, input: String) -> String {
    var value = input
    // No layer has such a name.
    func step(_ part: String, _ type: String, _ inputs: [String], _ more: [String: ONNXAttribute])
      -> String
    {
      let name = "pixels:\(part)"
      graph.add(type, inputs, output: name, name: name, more)
      return name
    }
    func constant(_ part: String, _ values: [Float], shape: [Int]) -> String {
      graph.addConstant("pixels:\(part)", values, shape: shape)
    }
    if takesBytes {
      let type = Int(ONNXTensorProto.DataType.float.rawValue)
      value = step("floats", "Cast", [value], ["to": .int(type)])
      value = step("unit", "Div", [value, constant("white", [255], shape: [])], [:])
    }
    let perChannel = shape.rank == 3 ? [shape[0], 1, 1] : [1]
    if normalization.mean.contains(where: { $0 != 0 }) {
      value = step(
        "shifted", "Sub", [value, constant("mean", normalization.mean, shape: perChannel)], [:])
    }
    if normalization.standardDeviation.contains(where: { $0 != 1 }) {
      let deviations = constant(
        "deviation", normalization.standardDeviation, shape: perChannel)
      value = step("scaled", "Div", [value, deviations], [:])
    }
    let all: [String: ONNXAttribute] = [
      "axes": .ints(Array(1...shape.rank)), "keepdims": .int(1),
    ]
    if let perImage = normalization.perImage {
      value = step("centred", "Sub", [value, step("image-mean", "ReduceMean", [value], all)], [:])
      if perImage == .standardised {
        let squares = step("squares", "Mul", [value, value], [:])
        let variance = step("variance", "ReduceMean", [squares], all)
        let deviation = step("image-deviation", "Sqrt", [variance], [:])
        // So that an even image stays finite.
        let divisor = step(
          "divisor", "Add", [deviation, constant("least-deviation", [1e-6], shape: [])], [:])
        value = step("standardised", "Div", [value, divisor], [:])
      }
    }
    if let matrix = normalization.whitening?.matrix {
      let row = step("row", "Flatten", [value], ["axis": .int(1)])
      let weights = constant(
        "whitening", Array(matrix.elements), shape: [matrix.count, matrix.count])
      let whitened = step("whitened", "Gemm", [row, weights], ["transB": .int(1)])
      value = step(
        "image", "Reshape",
        [whitened, graph.addConstant("pixels:image-shape", [-1] + shape.dimensions)], [:])
    }
    return value
  }
}
