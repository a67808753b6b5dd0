/// Messages of ONNX, field by field as protocol buffers have them.
enum ONNXBytes {
  static func number(_ value: Int) -> [UInt8] {
    var rest = UInt64(bitPattern: Int64(value))
    var bytes: [UInt8] = []
    repeat {
      bytes.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
      rest >>= 7
    } while rest > 0
    return bytes
  }

  static func field(_ number: Int, _ value: Int) -> [UInt8] {
    Self.number(number << 3) + Self.number(value)
  }

  static func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
    Self.number(number << 3 | 2) + Self.number(bytes.count) + bytes
  }

  static func field(_ number: Int, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

  static func field(_ number: Int, _ value: Float) -> [UInt8] {
    Self.number(number << 3 | 5) + bytes([value])
  }

  static func bytes<Element>(_ values: [Element]) -> [UInt8] {
    values.withUnsafeBytes { Array($0) }
  }

  static func pair(_ field: Int, _ key: String, _ text: String) -> [UInt8] {
    self.field(field, self.field(1, key) + self.field(2, text))
  }

  /// `TensorProto` with elements of a type as they are in memory.
  static func tensor(
    _ name: String, _ shape: [Int], type: Int = 1, raw: [UInt8]
  ) -> [UInt8] {
    var lengths: [UInt8] = []
    for length in shape { lengths += number(length) }
    var bytes: [UInt8] = field(1, lengths)
    bytes += field(2, type)
    bytes += field(8, name)
    bytes += field(9, raw)
    return bytes
  }

  static func node(
    _ type: String, _ inputs: [String], _ attributes: [[UInt8]] = []
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    for input in inputs { bytes += field(1, input) }
    bytes += field(2, "y")
    bytes += field(4, type)
    for attribute in attributes { bytes += field(5, attribute) }
    return bytes
  }

  /// `ModelProto`
  static func model(
    nodes: [[UInt8]], tensors: [[UInt8]], metadata: [(String, String)] = []
  ) -> [UInt8] {
    var graph: [UInt8] = []
    for node in nodes { graph += field(1, node) }
    graph += field(2, "g")
    for tensor in tensors { graph += field(5, tensor) }
    var bytes: [UInt8] = field(1, 8)
    bytes += field(2, "pytorch")
    bytes += field(7, graph)
    for (key, text) in metadata { bytes += pair(14, key, text) }
    return bytes
  }
}
