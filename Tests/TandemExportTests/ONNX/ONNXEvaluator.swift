import Foundation
import SwiftProtobuf
import TandemExport
import TandemTensor

/// Computes a graph of an ONNX file slowly, in double precision, by the definitions of its
/// operators (https://onnx.ai/onnx/operators/, opset 17), as far as the files written here use
/// them. Nothing is shared with what writes the files but the messages.
struct ONNXEvaluator {
  let model: ONNXModelProto
  private let constants: [String: ONNXValue]

  enum Failure: Error {
    case unknownOperator(String)
    case otherData(String)
  }

  init(contentsOf path: String) throws {
    let model = try ONNXModelProto(serializedBytes: RegularFile.contents(path))
    self.model = model
    let folder = FileSystem.folderPrefix(of: path)
    constants = try Dictionary(
      uniqueKeysWithValues: model.graph.initializer.map {
        ($0.name, try Self.value(of: $0, folder: folder))
      })
  }

  private static func value(of tensor: ONNXTensorProto, folder: String) throws -> ONNXValue {
    var bytes = Array(tensor.rawData)
    if tensor.dataLocation == .external {
      let facts = Dictionary(
        uniqueKeysWithValues: tensor.externalData.map { ($0.key, $0.value) })
      guard let location = facts["location"], !location.contains("/"),
        let offset = facts["offset"].flatMap({ Int($0) }),
        let length = facts["length"].flatMap({ Int($0) })
      else { throw Failure.otherData(tensor.name) }
      bytes = Array(try RegularFile.contents(folder + location)[offset..<offset + length])
    }
    let elements: [Double] =
      switch ONNXTensorProto.DataType(rawValue: Int(tensor.dataType)) {
      case .float: bytes.withUnsafeBytes { $0.bindMemory(to: Float.self).map(Double.init) }
      case .int64: bytes.withUnsafeBytes { $0.bindMemory(to: Int64.self).map(Double.init) }
      default: throw Failure.otherData(tensor.name)
      }
    return ONNXValue(tensor.dims.map { Int($0) }, elements)
  }

  /// The value of an output, or of anything on the way to it.
  func value(of name: String = "logits", input: ONNXValue) throws -> ONNXValue {
    var values = constants
    values["input"] = input
    for node in model.graph.node {
      let inputs = node.input.map { values[$0] ?? ONNXValue([0], []) }
      let attributes = Dictionary(uniqueKeysWithValues: node.attribute.map { ($0.name, $0) })
      values[node.output[0]] = try Self.output(node.opType, inputs, attributes)
    }
    return values[name] ?? ONNXValue([0], [])
  }

  private static func output(
    _ type: String, _ inputs: [ONNXValue], _ attributes: [String: ONNXAttributeProto]
  ) throws -> ONNXValue {
    let x = inputs[0]
    func ints(_ name: String) -> [Int]? { attributes[name]?.ints.map { Int($0) } }
    func int(_ name: String) -> Int? { attributes[name].map { Int($0.i) } }
    func float(_ name: String) -> Double? { attributes[name].map { Double($0.f) } }
    switch type {
    case "Identity", "Cast": return x
    case "Relu": return x.map { max($0, 0) }
    case "Tanh": return x.map(tanh)
    case "Sigmoid": return x.map { 1 / (1 + exp(-$0)) }
    case "Neg": return x.map(-)
    case "Sqrt": return x.map { $0.squareRoot() }
    case "Add": return x.combined(with: inputs[1], +)
    case "Sub": return x.combined(with: inputs[1], -)
    case "Mul": return x.combined(with: inputs[1], *)
    case "Div": return x.combined(with: inputs[1], /)
    case "Sum": return inputs.dropFirst().reduce(x) { $0.combined(with: $1, +) }
    case "MatMul": return x.times(inputs[1])
    case "Flatten":
      return ONNXValue([x.shape[0], x.shape.dropFirst().reduce(1, *)], x.elements)
    case "Reshape":
      let asked = inputs[1].integers
      let known = asked.filter { $0 >= 0 }.reduce(1, *)
      return ONNXValue(asked.map { $0 < 0 ? x.elements.count / known : $0 }, x.elements)
    case "Gemm":
      let product = x.times(int("transB") == 1 ? inputs[1].transposed : inputs[1])
      return inputs.count > 2 ? product.combined(with: inputs[2], +) : product
    case "Softmax":
      let largest = x.reduced(from: 1, keeping: true) { $0.max() ?? 0 }
      let powers = x.combined(with: largest) { exp($0 - $1) }
      return powers.combined(with: powers.reduced(from: 1, keeping: true) { $0.reduce(0, +) }, /)
    case "ReduceMean", "ReduceSumSquare":
      let axes = ints("axes") ?? []
      precondition(axes == Array(axes[0]..<x.shape.count))
      return x.reduced(from: axes[0], keeping: int("keepdims") == 1) { values in
        type == "ReduceMean"
          ? values.reduce(0, +) / Double(values.count) : values.reduce(0) { $0 + $1 * $1 }
      }
    case "GlobalAveragePool":
      return x.reduced(from: 2, keeping: true) { $0.reduce(0, +) / Double($0.count) }
    case "BatchNormalization":
      let channels = x.shape[1]
      let plane = x.shape[2] * x.shape[3]
      let epsilon = float("epsilon") ?? 1e-5
      return ONNXValue(
        x.shape,
        x.elements.enumerated().map { index, value in
          let channel = index / plane % channels
          let (weight, bias, mean, variance) = (
            inputs[1].elements[channel], inputs[2].elements[channel], inputs[3].elements[channel],
            inputs[4].elements[channel]
          )
          return (value - mean) / (variance + epsilon).squareRoot() * weight + bias
        })
    case "LRN": return lrn(x, int("size") ?? 0, float("alpha"), float("beta"), float("bias"))
    case "Concat": return concatenated(inputs, axis: int("axis") ?? 0)
    case "Pad": return padded(x, inputs[1].integers)
    case "Slice": return sliced(x, inputs.dropFirst().map(\.integers))
    case "Conv":
      return convolution(
        x, inputs[1], bias: inputs.count > 2 ? inputs[2].elements : nil,
        ONNXWindows(ints("kernel_shape"), ints("strides"), ints("pads")),
        groups: int("group") ?? 1)
    case "MaxPool", "AveragePool":
      precondition((int("ceil_mode") ?? 0) == 0)
      let countsPadding = int("count_include_pad") == 1
      return pooled(x, ONNXWindows(ints("kernel_shape"), ints("strides"), ints("pads"))) {
        values, positions in
        if type == "MaxPool" { return values.max() ?? -.infinity }
        return values.reduce(0, +) / Double(countsPadding ? positions : values.count)
      }
    default: throw Failure.unknownOperator(type)
    }
  }
}
