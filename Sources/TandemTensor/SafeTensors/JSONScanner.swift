/// Reads the part of JSON (RFC 8259) that headers of safetensors files are made of, strictly:
/// objects, strings, arrays of non-negative integers. Nothing nests deeper than the caller asks.
struct JSONScanner {
  typealias Failure = SafeTensorsError.Fact

  let bytes: UnsafeRawBufferPointer
  var position = 0

  init(bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  /// Reads an object; `member` is called after each name and reads the value.
  mutating func object(
    _ member: (inout JSONScanner, String) throws(Failure) -> Void
  ) throws(Failure) {
    try expect("{")
    if take("}") { return }
    repeat {
      let name = try string()
      try expect(":")
      try member(&self, name)
    } while take(",")
    try expect("}")
  }

  /// Reads an array of non-negative integers, no more than `limit`: in memory they are several
  /// times as large as in the file.
  mutating func integers(atMost limit: Int) throws(Failure) -> [Int] {
    try expect("[")
    var values: [Int] = []
    if take("]") { return values }
    repeat {
      guard values.count < limit else { throw failure("at most \(limit) numbers") }
      skipSpaces()
      // 20 digits are too many for 64 bits.
      let digits = bytes[position...].prefix(20).prefix {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
      }
      guard let value = Int(String(decoding: digits, as: UTF8.self)),
        digits.count == 1 || digits.first != UInt8(ascii: "0")
      else {
        throw failure("a non-negative integer that fits into 64 bits")
      }
      position = digits.endIndex
      values.append(value)
    } while take(",")
    try expect("]")
    return values
  }

  mutating func string() throws(Failure) -> String {
    try expect("\"")
    // Up to the first escape, a string is what is in the file.
    let start = position
    while position < bytes.count, bytes[position] >= 0x20, bytes[position] != UInt8(ascii: "\""),
      bytes[position] != UInt8(ascii: "\\")
    {
      position += 1
    }
    if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
      position += 1
      return try validated(bytes[start..<position - 1])
    }
    var text = Array(bytes[start..<position])
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        return try validated(text)
      case UInt8(ascii: "\\"): text += String(try escapedScalar()).utf8
      case ..<0x20: throw failure("no control character in a string")
      default: text.append(byte)
      }
    }
    throw failure("a closing quote")
  }

  private func validated(_ text: some Collection<UInt8>) throws(Failure) -> String {
    guard let string = String(validating: text, as: UTF8.self) else { throw failure("valid UTF-8") }
    return string
  }

  mutating func expectEnd() throws(Failure) {
    skipSpaces()
    guard position == bytes.count else { throw failure("the end of the header") }
  }

  func failure(_ expected: String) -> Failure {
    // Counted from the start of the file, after the 8 bytes of the header's length.
    .malformedHeader(offset: 8 + position, expected: expected)
  }

  /// `text` as a JSON string, with its quotes.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  private mutating func expect(_ token: Character) throws(Failure) {
    guard take(token) else { throw failure("\(token)") }
  }

  private mutating func take(_ token: Character) -> Bool {
    skipSpaces()
    guard position < bytes.count, bytes[position] == token.asciiValue else { return false }
    position += 1
    return true
  }

  private mutating func skipSpaces() {
    while position < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) {
      position += 1
    }
  }

  /// The character after a backslash that has just been read.
  private mutating func escapedScalar() throws(Failure) -> Unicode.Scalar {
    guard position < bytes.count else { throw failure("a character after the backslash") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let unit = try hexadecimalUnit()
      guard (0xD800..<0xDC00).contains(unit) else {
        guard let scalar = Unicode.Scalar(unit) else { throw failure("a surrogate pair") }
        return scalar
      }
      // Characters beyond 16 bits are written as two units.
      guard bytes[position...].starts(with: "\\u".utf8) else { throw failure("a surrogate pair") }
      position += 2
      let low = try hexadecimalUnit()
      guard (0xDC00..<0xE000).contains(low),
        let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
      else { throw failure("a surrogate pair") }
      return scalar
    default: throw failure("a JSON escape")
    }
  }

  private mutating func hexadecimalUnit() throws(Failure) -> UInt32 {
    let digits = bytes[position...].prefix(4)
    guard digits.count == 4,
      digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let unit = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw failure("four hexadecimal digits") }
    position = digits.endIndex
    return unit
  }
}
