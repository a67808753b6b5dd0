/// The types of elements that files of weights have and that take whole bytes, by the names of
/// safetensors.
enum WeightElementType: String {
  case float16 = "F16"
  case bfloat16 = "BF16"
  case float32 = "F32"
  case float64 = "F64"

  // What follows is no type of weights, and is not read.
  case bool = "BOOL"
  case int8 = "I8"
  case uint8 = "U8"
  case int16 = "I16"
  case uint16 = "U16"
  case int32 = "I32"
  case uint32 = "U32"
  case int64 = "I64"
  case uint64 = "U64"
  case complex64 = "C64"
  case float8e4m3 = "F8_E4M3"
  case float8e5m2 = "F8_E5M2"
  case float8e8m0 = "F8_E8M0"

  var byteCount: Int {
    switch self {
    case .bool, .int8, .uint8, .float8e4m3, .float8e5m2, .float8e8m0: 1
    case .float16, .bfloat16, .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64, .complex64: 8
    }
  }

  /// Whether tensors of this type are read.
  var isRead: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64: true
    default: false
    }
  }

  /// The elements as float32, those of F64 rounded; nil for a type that is not read.
  ///
  /// - Parameter bytes: a whole number of elements, at any address.
  func floats(_ bytes: UnsafeRawBufferPointer) -> [Float]? {
    switch self {
    case .float32:
      return Array(count: bytes.count / 4) { $0.copyMemory(from: bytes) }
    case .float16:
      return converted(bytes) { (bits: UInt16) in Float(Float16(bitPattern: bits)) }
    case .bfloat16:
      return converted(bytes) { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) }
    case .float64:
      return converted(bytes) { (element: Double) in Float(element) }
    default:
      return nil
    }
  }

  private func converted<Element: BitwiseCopyable>(
    _ bytes: UnsafeRawBufferPointer, _ convert: (Element) -> Float
  ) -> [Float] {
    Array(count: bytes.count / MemoryLayout<Element>.stride) { memory in
      let floats = memory.assumingMemoryBound(to: Float.self)
      for index in floats.indices {
        floats[index] = convert(
          bytes.loadUnaligned(
            fromByteOffset: index * MemoryLayout<Element>.stride, as: Element.self))
      }
    }
  }
}
