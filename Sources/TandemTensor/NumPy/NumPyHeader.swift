/// The start of a `.npy` file: magic, version, and a Python dictionary literal that gives element
/// type, order and shape. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
struct NumPyHeader: Equatable {
  /// Enough bytes to know how long the whole header is, whatever the version.
  static let prefixByteCount = 12
  /// NumPy's own headers take some hundred bytes; a longer claim is a lie.
  private static let byteCountLimit = 1 << 20
  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  var elementType: NumPyElementType
  /// Whether the file holds the bytes of each element in the order that is not this machine's.
  var isBigEndian = false
  var shape: Shape

  /// The size of the elements in the file.
  var dataBytes: Int { shape.elementCount * elementType.byteCount }

  /// The number of bytes in front of the elements, from the file's first `prefixByteCount` bytes.
  static func byteCount(
    prefix: UnsafeRawBufferPointer
  ) throws(NumPyError.Fact) -> Int {
    guard prefix.count >= magic.count, prefix.prefix(magic.count).elementsEqual(magic) else {
      throw .notNumPy
    }
    guard prefix.count >= prefixByteCount else {
      throw .truncatedHeader(neededBytes: prefixByteCount, foundBytes: prefix.count)
    }
    let (major, minor) = (Int(prefix[6]), Int(prefix[7]))
    guard (1...3).contains(major), minor == 0 else {
      throw .unsupportedVersion(major: major, minor: minor)
    }
    let lengthBytes = major == 1 ? 2 : 4
    let length = prefix[8..<8 + lengthBytes].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= byteCountLimit else {
      throw .malformedHeader(offset: 8, expected: "a header of less than 1 MiB")
    }
    return 8 + lengthBytes + length
  }

  /// Parses a whole header of `byteCount(prefix:)` bytes.
  init(_ bytes: UnsafeRawBufferPointer) throws(NumPyError.Fact) {
    let major = bytes[6]
    var literal = PythonLiteral(bytes: bytes, position: major == 1 ? 10 : 12)
    var type: String?
    var isFortranOrder: Bool?
    var extents: [Int]?
    try literal.expect("{")
    while try !literal.take("}") {
      let start = literal.position
      let key = try literal.string()
      try literal.expect(":")
      switch key {
      case "descr" where type == nil: type = try literal.typeDescription()
      case "fortran_order" where isFortranOrder == nil: isFortranOrder = try literal.boolean()
      case "shape" where extents == nil: extents = try literal.tuple()
      default:
        throw .malformedHeader(offset: start, expected: "descr, fortran_order and shape")
      }
      if try !literal.take(",") {
        try literal.expect("}")
        break
      }
    }
    try literal.expectEnd()
    guard let type, let isFortranOrder, let extents else {
      throw .malformedHeader(offset: literal.position, expected: "descr, fortran_order and shape")
    }
    guard let description = NumPyTypeDescription(type) else { throw .unsupportedType(type) }
    if isFortranOrder && extents.count > 1 { throw .fortranOrder }
    // In the order in which `Shape.elementCount` multiplies, so that it cannot overflow either.
    var byteCount = max(description.type.byteCount, description.type.byteCountInMemory)
    for extent in extents {
      let (product, overflow) = byteCount.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw .tooLarge("\(Shape(extents))") }
      byteCount = product
    }
    elementType = description.type
    isBigEndian = description.isBigEndian
    shape = Shape(extents)
  }

  init(elementType: NumPyElementType, shape: Shape) {
    self.elementType = elementType
    self.shape = shape
  }

  /// The header as NumPy writes it: padded so that the elements start at a multiple of 64 bytes.
  var encoded: [UInt8] {
    let extents = shape.dimensions.map(String.init).joined(separator: ", ")
    let tuple = shape.rank == 1 ? "(\(extents),)" : "(\(extents))"
    let literal =
      "{'descr': '\(elementType.description)', 'fortran_order': False, 'shape': \(tuple), }"
    let isLong = 10 + literal.utf8.count + 64 > UInt16.max
    let prefixBytes = isLong ? 12 : 10
    let total = (prefixBytes + literal.utf8.count + 1 + 63) / 64 * 64
    let length = total - prefixBytes
    var bytes = Self.magic + [isLong ? 2 : 1, 0]
    for index in 0..<(prefixBytes - 8) {
      bytes.append(UInt8(truncatingIfNeeded: length >> (8 * index)))
    }
    bytes += literal.utf8
    bytes += repeatElement(UInt8(ascii: " "), count: total - bytes.count - 1)
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }
}
