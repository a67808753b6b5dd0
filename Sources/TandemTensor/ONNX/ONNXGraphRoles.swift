/// Which tensors of an ONNX model are weights of layers, by what operators do with them: the others
/// are shapes, constants and the like.
struct ONNXGraphRoles {
  enum Role {
    case plain
    /// A matrix whose first axis is that of the inputs, `[I, O]`.
    case transposed
    /// One number for each channel, which may be `[C, 1, 1]`.
    case perChannel
  }

  private(set) var roles: [String: Role] = [:]
  /// In the order in which they are computed.
  private var operators: [Operator] = []
  /// Results of operators that have no inputs.
  private var constants: Set<String> = []

  /// Further names of values, by these: exporters write equal tensors once.
  private var aliases: [String: String] = [:]

  private struct Operator {
    let type: String
    let inputs: [String]
    let output: String
  }

  /// Takes an operator's inputs.
  /// - Parameter message: `NodeProto`.
  mutating func add(_ message: ProtobufReader) throws(ONNXError.Fact) {
    var reader = message
    var inputs: [String] = []
    var (type, output) = ("", "")
    var attributes: [String: Attribute] = [:]
    while let (field, value) = try reader.next() {
      switch field {
      case 1: inputs.append(try value.text())
      case 2: if output.isEmpty { output = try value.text() }
      case 4: type = try value.text()
      case 5:
        let (name, attribute) = try Self.attribute(value.message())
        attributes[name] = attribute
      default: break
      }
    }
    defer { operators.append(Operator(type: type, inputs: inputs, output: output)) }
    switch type {
    case "Constant": constants.insert(output)
    case "Identity": aliases[output] = inputs.first
    case "Conv", "BatchNormalization":
      for name in inputs.dropFirst() { roles[name] = .plain }
    case "Gemm":
      for key in ["alpha", "beta"] where attributes[key].map({ $0.real != 1 }) ?? false {
        throw .scaled(name: inputs.count > 1 ? inputs[1] : "")
      }
      for (place, name) in inputs.enumerated().dropFirst() {
        roles[name] = place == 1 && attributes["transB"]?.whole != 1 ? .transposed : .plain
      }
    case "MatMul":
      for name in inputs.dropFirst() { roles[name] = .transposed }
    case "Add", "Mul":
      // A dense layer's biases; and what is added to or multiplied with the maps.
      let isBias = type == "Add" && operators.last?.type == "MatMul"
      for name in inputs where roles[name] == nil { roles[name] = isBias ? .plain : .perChannel }
    default: break
    }
  }

  /// The initializer that a name stands for; nil for a value that is computed.
  /// - Parameter tensors: the names of all initializers.
  func tensor(_ name: String, among tensors: Set<String>) -> String? {
    var name = name
    // No chain of names is longer than there are names; a damaged one may be a ring.
    for _ in 0...aliases.count {
      if tensors.contains(name) { return name }
      guard let next = aliases[name] else { return nil }
      name = next
    }
    return nil
  }

  /// The names of all weights in the order in which operators use them, if these are a chain, each
  /// of the one before, and such that keep the order of elements; else nil, as nobody could tell
  /// branches apart.
  /// - Parameter tensors: the names of all initializers.
  func order(tensors: Set<String>) -> [String]? {
    var names: [String] = []
    var last: String?
    for step in operators
    where step.type != "Constant" && tensor(step.output, among: tensors) == nil {
      let data = step.inputs.filter {
        !$0.isEmpty && tensor($0, among: tensors) == nil && !constants.contains($0)
      }
      guard Self.chained.contains(step.type), data.count == 1, last == nil || data[0] == last else {
        return nil
      }
      last = step.output
      names += step.inputs.filter {
        tensor($0, among: tensors) != nil && roles[$0] != nil
      }
    }
    return Set(names).count == names.count ? names : nil
  }

  private static let chained: Set<String> = [
    "Conv", "BatchNormalization", "Gemm", "MatMul", "Add", "Relu", "Tanh", "Sigmoid", "Softmax",
    "LogSoftmax", "LRN", "MaxPool", "AveragePool", "GlobalAveragePool", "Dropout", "Flatten",
    "Reshape", "Identity",
  ]

  private struct Attribute {
    var real: Float = 0
    var whole = 0
  }

  /// `AttributeProto`
  private static func attribute(
    _ message: ProtobufReader
  ) throws(ONNXError.Fact) -> (String, Attribute) {
    var reader = message
    var (name, attribute) = ("", Attribute())
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (1, _): name = try value.text()
      case (2, .bits32(let bits)): attribute.real = Float(bitPattern: bits)
      case (3, _): attribute.whole = try value.integer()
      default: break
      }
    }
    return (name, attribute)
  }
}
