/// The fields of a message of protocol buffers, one after the other, straight from the bytes of a
/// file that may be damaged or larger than what is to be kept of it
/// (https://protobuf.dev/programming-guides/encoding).
struct ProtobufReader {
  enum Value {
    case number(UInt64)
    case bits32(UInt32)
    case bits64(UInt64)
    /// A text, a message or packed numbers, in the file's memory.
    case bytes(UnsafeRawBufferPointer)
  }

  private let bytes: UnsafeRawBufferPointer
  private var place = 0

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  /// The next field and its number; nil at the end.
  mutating func next() throws(ONNXError.Fact) -> (field: Int, value: Value)? {
    if place == bytes.count { return nil }
    let tag = try number()
    guard tag >> 3 > 0, tag >> 3 < 1 << 29 else { throw .malformed("a field without a number") }
    let field = Int(tag >> 3)
    switch tag & 7 {
    case 0: return (field, .number(try number()))
    case 1:
      let bits = try take(8).loadUnaligned(as: UInt64.self)
      return (field, .bits64(UInt64(littleEndian: bits)))
    case 2:
      let count = try number()
      guard count <= UInt64(bytes.count - place) else { throw .cutOff }
      return (field, .bytes(try take(Int(count))))
    case 5:
      let bits = try take(4).loadUnaligned(as: UInt32.self)
      return (field, .bits32(UInt32(littleEndian: bits)))
    default: throw .malformed("a field of an unknown kind")
    }
  }

  private mutating func take(_ count: Int) throws(ONNXError.Fact) -> UnsafeRawBufferPointer {
    guard count <= bytes.count - place else { throw .cutOff }
    defer { place += count }
    return UnsafeRawBufferPointer(rebasing: bytes[place..<place + count])
  }

  /// Seven bits in each byte, the lowest first.
  private mutating func number() throws(ONNXError.Fact) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard place < bytes.count else { throw .cutOff }
      let byte = bytes[place]
      place += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
    }
    throw .malformed("a number of more than 64 bits")
  }

  /// The numbers of a packed field.
  static func numbers(_ bytes: UnsafeRawBufferPointer) throws(ONNXError.Fact) -> [UInt64] {
    var reader = ProtobufReader(bytes)
    var numbers: [UInt64] = []
    while reader.place < bytes.count { numbers.append(try reader.number()) }
    return numbers
  }
}

extension ProtobufReader.Value {
  func message() throws(ONNXError.Fact) -> ProtobufReader { ProtobufReader(try content()) }

  func text() throws(ONNXError.Fact) -> String { String(decoding: try content(), as: UTF8.self) }

  func content() throws(ONNXError.Fact) -> UnsafeRawBufferPointer {
    guard case .bytes(let bytes) = self else { throw .malformed("a number in place of a text") }
    return bytes
  }

  func integer() throws(ONNXError.Fact) -> Int {
    guard case .number(let value) = self else { throw .malformed("no number where one should be") }
    return Int(truncatingIfNeeded: value)
  }
}
