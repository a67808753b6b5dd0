/// The system's paths are bytes, of which most but not all are UTF-8: archives from other systems
/// leave names in Latin-1. A `String` holds Unicode only, and Foundation puts U+FFFD in place of
/// anything else, under which no file is found.
///
/// So each byte that is no part of valid UTF-8 becomes a character that nobody uses, the last 128
/// of the private ones: byte 0xE9 is U+10FFE9. (Python does the same with lone surrogates, which a
/// `String` cannot hold.) These characters themselves, in UTF-8, are taken byte by byte too, so
/// that every sequence of bytes comes back as it was. `FileSystem` gives the bytes to the system,
/// and `String.escaped` shows them as `\xE9`.
package enum PathBytes {
  private static let first: UInt32 = 0x10_FF80
  private static let last: UInt32 = 0x10_FFFF

  /// The text for a path of these bytes, without the zero at their end.
  package static func text(_ bytes: some Collection<UInt8>) -> String {
    let bytes = Array(bytes)
    if let text = String(validating: bytes, as: UTF8.self), !mayHoldBytes(text) { return text }
    var text = String.UnicodeScalarView()
    var parser = Unicode.UTF8.ForwardParser()
    var rest = bytes.makeIterator()
    var position = 0
    while true {
      let length: Int
      switch parser.parseScalar(from: &rest) {
      case .emptyInput: return String(text)
      case .error(let count): length = count
      case .valid(let encoded):
        let scalar = Unicode.UTF8.decode(encoded)
        if byte(standingFor: scalar) == nil {
          text.append(scalar)
          position += encoded.count
          continue
        }
        length = encoded.count
      }
      for byte in bytes[position..<position + length] { text.append(scalar(standingFor: byte)) }
      position += length
    }
  }

  /// The bytes of a path, and the zero that ends it.
  package static func bytes(_ text: String) -> [CChar] {
    if !mayHoldBytes(text) { return Array(text.utf8CString) }
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      if let byte = byte(standingFor: scalar) {
        bytes.append(byte)
      } else {
        bytes.append(contentsOf: UTF8.encode(scalar).unsafelyUnwrapped)
      }
    }
    return bytes.map { CChar(bitPattern: $0) } + [0]
  }

  static func byte(standingFor scalar: Unicode.Scalar) -> UInt8? {
    (first...last).contains(scalar.value) ? UInt8(truncatingIfNeeded: scalar.value) : nil
  }

  private static func scalar(standingFor byte: UInt8) -> Unicode.Scalar {
    // All from `first` to `last` are scalars; bytes below 0x80 are valid UTF-8 and do not come
    // here.
    Unicode.Scalar(first | UInt32(byte)).unsafelyUnwrapped
  }

  /// Whether the text may hold such bytes: only characters of the last plane begin with this one.
  private static func mayHoldBytes(_ text: String) -> Bool { text.utf8.contains(0xF4) }
}
