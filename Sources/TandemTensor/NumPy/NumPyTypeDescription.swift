/// What the `descr` of a `.npy` header says of the elements, in any of the spellings that
/// `numpy.dtype` takes: `<u2`, `=u2`, `u2`, `H`, `uint16`, `ushort` and so on, as they mean on
/// Linux.
struct NumPyTypeDescription: Equatable {
  let type: NumPyElementType
  /// Whether the first byte is the highest; never for elements of one byte.
  let isBigEndian: Bool

  init?(_ text: String) {
    if let type = NumPyElementType(rawValue: text) ?? Self.names[text] {
      self.type = type
      isBigEndian = false
      return
    }
    let hasOrder = text.first.map("<>=|".contains) ?? false
    guard let type = Self.codes[String(text.dropFirst(hasOrder ? 1 : 0))] else { return nil }
    self.type = type
    // `=` is the order of the machine that reads; the type of one byte has none, whatever is said.
    isBigEndian = text.first == ">" && type.byteCount > 1
  }

  /// The names of NumPy's scalar types beside those with a number of bits; they stand alone.
  private static let names: [String: NumPyElementType] = [
    "bool_": .bool, "ubyte": .uint8, "byte": .int8, "ushort": .uint16, "short": .int16,
    "uintc": .uint32, "intc": .int32, "uint": .uint64, "int": .int64, "int_": .int64,
    "ulong": .uint64, "long": .int64, "ulonglong": .uint64, "longlong": .int64, "uintp": .uint64,
    "intp": .int64, "half": .float16, "single": .float32, "double": .float64, "float": .float64,
  ]

  /// A kind with a number of bytes, or a letter, behind an optional sign for the order of bytes.
  private static let codes: [String: NumPyElementType] = [
    "b1": .bool, "u1": .uint8, "i1": .int8, "u2": .uint16, "i2": .int16, "u4": .uint32,
    "i4": .int32, "u8": .uint64, "i8": .int64, "f2": .float16, "f4": .float32, "f8": .float64,
    "?": .bool, "B": .uint8, "b": .int8, "H": .uint16, "h": .int16, "I": .uint32, "i": .int32,
    "L": .uint64, "l": .int64, "Q": .uint64, "q": .int64, "N": .uint64, "n": .int64,
    "P": .uint64, "p": .int64, "e": .float16, "f": .float32, "d": .float64,
  ]
}
