import Foundation

/// A tensor of an ONNX model as the file describes it (`TensorProto`); its elements are in the
/// file's memory, or in a file beside.
struct ONNXTensor {
  private(set) var name = ""
  private(set) var dimensions: [Int] = []
  private var type = 0
  /// Lowest byte first.
  private var rawData: UnsafeRawBufferPointer?
  /// Float32 without the field's frame.
  private var floatData: [UnsafeRawBufferPointer] = []
  private var singleFloats: [UInt32] = []
  private var isExternal = false
  private var location: [String: String] = [:]

  init(_ message: ProtobufReader) throws(ONNXError.Fact) {
    var reader = message
    while let (field, value) = try reader.next() {
      switch field {
      case 1:
        if case .bytes(let packed) = value {
          dimensions += try ProtobufReader.numbers(packed).map { Int(truncatingIfNeeded: $0) }
        } else {
          dimensions.append(try value.integer())
        }
      case 2: type = try value.integer()
      case 4:
        if case .bits32(let bits) = value {
          singleFloats.append(bits)
        } else {
          floatData.append(try value.content())
        }
      case 8: name = try value.text()
      case 9: rawData = try value.content()
      case 13:
        let (key, text) = try Self.pair(value.message())
        location[key] = text
      case 14: isExternal = try value.integer() == 1
      default: break
      }
    }
  }

  /// Two texts, `StringStringEntryProto`.
  static func pair(_ message: ProtobufReader) throws(ONNXError.Fact) -> (String, String) {
    var reader = message
    var (key, text) = ("", "")
    while let (field, value) = try reader.next() {
      if field == 1 { key = try value.text() }
      if field == 2 { text = try value.text() }
    }
    return (key, text)
  }

  private func bad(_ problem: String) -> ONNXError.Fact {
    .badTensor(name: name, problem: problem)
  }

  /// The type of elements that weights can have.
  private func elementType() throws(ONNXError.Fact) -> WeightElementType {
    switch type {
    case 1: return .float32
    case 10: return .float16
    case 11: return .float64
    case 16: return .bfloat16
    default: throw bad("its elements are of type \(type), and weights are floating-point numbers")
    }
  }

  /// How many elements there are.
  func elementCount() throws(ONNXError.Fact) -> Int {
    var count = 1
    for length in dimensions {
      let (product, overflows) = count.multipliedReportingOverflow(by: length)
      guard length >= 0, !overflows, product < Int.max / 16 else {
        throw bad("its shape is \(Shape(dimensions))")
      }
      count = product
    }
    return count
  }

  /// The elements as float32.
  /// - Parameter beside: the contents of a file in the model's folder, by its name.
  /// - Throws: `ONNXError.Fact`, and what `beside` throws.
  func floats(_ beside: (String) throws -> MappedFile) throws -> [Float] {
    let type = try elementType()
    let bytes = try elementCount() * type.byteCount
    func floats(_ data: UnsafeRawBufferPointer) throws(ONNXError.Fact) -> [Float] {
      guard data.count == bytes, let floats = type.floats(data) else {
        throw bad("\(Shape(dimensions)) takes \(bytes) bytes, and there are \(data.count)")
      }
      return floats
    }
    if isExternal {
      let (file, start) = try place(bytes: bytes)
      let data = try beside(file)
      return try data.withBytes { all in
        guard start + bytes <= all.count else {
          throw ONNXError.Fact.shortData(
            name: name, file: data.path, neededBytes: start + bytes, foundBytes: all.count)
        }
        return try floats(UnsafeRawBufferPointer(rebasing: all[start..<start + bytes]))
      }
    }
    if let rawData { return try floats(rawData) }
    guard type == .float32 else { throw bad("its elements are not in raw_data") }
    let found =
      singleFloats.map { Float(bitPattern: $0) } + floatData.flatMap { type.floats($0) ?? [] }
    guard found.count * type.byteCount == bytes else {
      throw bad("\(Shape(dimensions)) has \(bytes / 4) elements, and there are \(found.count)")
    }
    return found
  }

  /// The name of the file beside and where the elements begin in it.
  private func place(bytes: Int) throws(ONNXError.Fact) -> (file: String, start: Int) {
    let file = location["location"] ?? ""
    let parts = file.split(separator: "/", omittingEmptySubsequences: false)
    // Nobody's other files are read because a model says so.
    guard parts.allSatisfy({ !["", ".", ".."].contains($0) }), !file.utf8.contains(0) else {
      throw .badLocation(name: name, location: file)
    }
    let start = location["offset"].map { Int($0) ?? -1 } ?? 0
    let length = location["length"].map { Int($0) ?? -1 } ?? bytes
    guard start >= 0, start < Int.max / 2, length == bytes else {
      throw bad("\(Shape(dimensions)) takes \(bytes) bytes, and there are \(length) at \(start)")
    }
    return (file, start)
  }
}
