/// What is known beforehand about the compression of .gz and .zip files (RFC 1951).
package enum Deflate {
  /// The most bytes that one compressed byte can stand for: two bits may repeat 258 bytes. A file
  /// that claims to expand to more is lying, and no memory is asked for.
  package static let mostBytesPerByte = 1032
}
