import Foundation

/// Named float32 tensors of an ONNX model (https://onnx.ai): the initializers that its operators
/// use as weights. Which network they are for nobody can tell from the graph; their names do.
package struct ONNXWeights: Sendable {
  package let tensors: [String: Tensor]
  /// The names in the order in which the operators use them, if these are a chain.
  package let order: [String]?
  /// Texts that the writer left with the model.
  package let metadata: [String: String]
  /// The program that wrote the model.
  package let producer: String

  /// How many bytes of a file `isLikely` needs.
  package static let prefixByteCount = 16

  /// Whether a file that begins so is an ONNX model: a message whose first field is the version of
  /// the format, and the second one another of the model's. (A header of safetensors whose length
  /// has these bytes begins with a brace.)
  package static func isLikely(prefix: [UInt8]) -> Bool {
    prefix.count > 8 && prefix[0] == 0x08 && (3...32).contains(prefix[1])
      && [0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42].contains(prefix[2])
      && prefix[8] != UInt8(ascii: "{")
  }

  /// Reads a model after everything that it claims about itself was checked. Elements of the types
  /// float16, bfloat16 and double are converted to float32; data in other files must be in the
  /// model's folder.
  ///
  /// - Throws: `FileError` if a file cannot be read, `ONNXError`, `MemoryError`.
  package static func read(_ path: String) throws -> ONNXWeights {
    do {
      return try MappedFile(path: path).withBytes { try ONNXWeights($0, path: path) }
    } catch let fact as ONNXError.Fact {
      throw ONNXError(path: path, fact: fact)
    }
  }

  /// - Parameter bytes: `ModelProto`
  private init(_ bytes: UnsafeRawBufferPointer, path: String) throws {
    var reader = ProtobufReader(bytes)
    var metadata: [String: String] = [:]
    var producer = ""
    var roles = ONNXGraphRoles()
    var found: [ONNXTensor] = []
    while let (field, value) = try reader.next() {
      switch field {
      case 2: producer = try value.text()
      case 7: try Self.read(value.message(), &roles, &found)
      case 14:
        let (key, text) = try ONNXTensor.pair(value.message())
        metadata[key] = text
      default: break
      }
    }
    let names = Set(found.map(\.name))
    guard names.count == found.count else {
      throw ONNXError.Fact.malformed("two of its tensors have one name")
    }
    let places = Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0) })
    var weights: [String: ONNXTensor] = [:]
    for (name, role) in roles.roles where Self.isNamed(name, role) {
      weights[name] = roles.tensor(name, among: names).flatMap { places[$0] }
    }
    guard !weights.isEmpty else { throw ONNXError.Fact.noWeights }
    tensors = try Self.tensors(weights, roles, path: path)
    let order = roles.order(tensors: names)
    self.order = order.flatMap { Set($0) == Set(weights.keys) ? $0 : nil }
    self.metadata = metadata
    self.producer = producer
  }

  /// - Parameter graph: `GraphProto`
  private static func read(
    _ graph: ProtobufReader, _ roles: inout ONNXGraphRoles, _ tensors: inout [ONNXTensor]
  ) throws(ONNXError.Fact) {
    var reader = graph
    while let (field, value) = try reader.next() {
      if field == 1 { try roles.add(value.message()) }
      if field == 5 { tensors.append(try ONNXTensor(value.message())) }
    }
  }

  /// Whether a tensor may be called as a parameter is: constants have slashes, and numbers for each
  /// channel are weights only if their names have a dot: `s2.weight`, and not `onnx::Mul_7`.
  private static func isNamed(_ name: String, _ role: ONNXGraphRoles.Role) -> Bool {
    if name.contains("/") { return false }
    return role != .perChannel || name.contains(".") && !name.contains(":")
  }

  private static func tensors(
    _ weights: [String: ONNXTensor], _ roles: ONNXGraphRoles, path: String
  ) throws -> [String: Tensor] {
    let bytes = try weights.values.reduce(0.0) {
      $0 + Double(try $1.elementCount()) * Double(MemoryLayout<Float>.size)
    }
    try MemoryLimits.require(
      bytes: Int(min(bytes, Double(Int.max / 2))), purpose: "tensors of \(path)")
    var files: [String: MappedFile] = [:]
    var tensors: [String: Tensor] = [:]
    for (name, weight) in weights {
      let floats = try weight.floats { name in
        if let known = files[name] { return known }
        let file = try MappedFile(path: FileSystem.parent(of: path) + "/" + name)
        files[name] = file
        return file
      }
      tensors[name] = tensor(weight, floats, roles.roles[name] ?? .plain)
    }
    return tensors
  }

  private static func tensor(
    _ weight: ONNXTensor, _ floats: [Float], _ role: ONNXGraphRoles.Role
  ) -> Tensor {
    let shape = weight.dimensions
    switch role {
    case .transposed where shape.count == 2:
      let (rows, columns) = (shape[0], shape[1])
      let turned = [Float](unsafeUninitializedCapacity: floats.count) { memory, count in
        for column in 0..<columns {
          for row in 0..<rows {
            memory[column * rows + row] = floats[row * columns + column]
          }
        }
        count = floats.count
      }
      return Tensor(shape: [columns, rows], elements: turned)
    case .perChannel where shape.count > 1 && shape.dropFirst().allSatisfy({ $0 == 1 }):
      return Tensor(shape: [shape[0]], elements: floats)
    default:
      return Tensor(shape: Shape(shape), elements: floats)
    }
  }
}
