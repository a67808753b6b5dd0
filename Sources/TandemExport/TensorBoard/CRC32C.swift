/// The checksum of Castagnoli's polynomial, as TensorFlow's files of records have it (RFC 3720,
/// appendix B.4).
package enum CRC32C {
  /// What a byte does to the sum, by its value.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { sum, _ in sum >> 1 ^ (sum & 1 == 1 ? 0x82F6_3B78 : 0) }
  }

  package static func value(of bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~0) { sum, byte in
      sum >> 8 ^ table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)]
    }
  }

  /// Turned and shifted, so that a sum over bytes that hold sums is none of a plain pattern:
  /// https://github.com/tensorflow/tensorflow, tsl/lib/hash/crc32c.h.
  package static func masked(of bytes: some Sequence<UInt8>) -> UInt32 {
    let value = value(of: bytes)
    return (value >> 15 | value << 17) &+ 0xA282_EAD8
  }
}
