/// Reads the few forms of Python literals that occur in the header of a `.npy` file.
struct PythonLiteral {
  typealias Failure = NumPyError.Fact

  let bytes: UnsafeRawBufferPointer
  var position: Int

  /// Consumes `token`, which must come next.
  mutating func expect(_ token: Character) throws(Failure) {
    guard try take(token) else { throw failure("\(token)") }
  }

  /// Consumes `token` if it comes next.
  mutating func take(_ token: Character) throws(Failure) -> Bool {
    skipSpaces()
    guard position < bytes.count, bytes[position] == token.asciiValue else { return false }
    position += 1
    return true
  }

  /// After the literal only padding may follow.
  mutating func expectEnd() throws(Failure) {
    skipSpaces()
    guard position == bytes.count else { throw failure("the end of the header") }
  }

  /// A string between single or double quotes, without escapes.
  mutating func string() throws(Failure) -> String {
    skipSpaces()
    guard position < bytes.count, [UInt8(ascii: "'"), UInt8(ascii: "\"")].contains(bytes[position])
    else { throw failure("a quoted name") }
    let rest = bytes[(position + 1)...]
    guard let end = rest.firstIndex(of: bytes[position]) else {
      throw failure("a closing quote")
    }
    let text = String(decoding: rest[..<end], as: UTF8.self)
    position = end + 1
    return text
  }

  /// The `descr` value. Structured types are lists; they are reported as what they are.
  mutating func typeDescription() throws(Failure) -> String {
    if try take("[") { throw .unsupportedType("structured") }
    return try string()
  }

  mutating func boolean() throws(Failure) -> Bool {
    skipSpaces()
    for (word, value) in [("True", true), ("False", false)]
    where bytes[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw failure("True or False")
  }

  /// A tuple of non-negative integers: `()`, `(3,)`, `(3, 4)`.
  mutating func tuple() throws(Failure) -> [Int] {
    try expect("(")
    var values: [Int] = []
    while try !take(")") {
      values.append(try integer())
      if try !take(",") {
        try expect(")")
        break
      }
    }
    return values
  }

  private mutating func integer() throws(Failure) -> Int {
    skipSpaces()
    let digits = bytes[position...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard let value = Int(String(decoding: digits, as: UTF8.self)) else {
      throw failure("a non-negative integer that fits into 64 bits")
    }
    position = digits.endIndex
    // NumPy under Python 2 wrote `(3L, 4L)`.
    if position < bytes.count, bytes[position] == UInt8(ascii: "L") { position += 1 }
    return value
  }

  private mutating func skipSpaces() {
    while position < bytes.count, bytes[position] == UInt8(ascii: " ") || bytes[position] == 10 {
      position += 1
    }
  }

  private func failure(_ expected: String) -> Failure {
    .malformedHeader(offset: position, expected: expected)
  }
}
