import CKernels

/// The SHA-256 digest of bytes that come in pieces, which nobody can make another content have:
/// for files from elsewhere whose digest is known.
package struct SHA256Digest {
  private var state = tandem_sha256()

  package init() {
    tandem_sha256_start(&state)
  }

  package mutating func add(_ bytes: UnsafeRawBufferPointer) {
    if let base = bytes.baseAddress { tandem_sha256_add(&state, base, bytes.count) }
  }

  /// 64 hexadecimal digits, of all that was added.
  package var text: String {
    var ending = state
    var bytes = [UInt8](repeating: 0, count: 32)
    tandem_sha256_finish(&ending, &bytes)
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }

  /// The digest of a file.
  /// - Throws: `FileError`.
  package static func text(ofFile path: String) throws(FileError) -> String {
    let file = try RegularFile(path: path)
    var digest = SHA256Digest()
    var position = 0
    while position < file.byteCount {
      let bytes = try file.bytes(at: position, count: 1 << 20)
      guard !bytes.isEmpty else { break }
      bytes.withUnsafeBytes { digest.add($0) }
      position += bytes.count
    }
    return digest.text
  }
}
