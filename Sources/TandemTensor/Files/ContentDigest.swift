import CKernels

/// A digest of several pieces of content in their order, each with its length, that is the same on
/// all little-endian machines: equal digests mean equal contents, but for accidents that happen
/// once in 2⁶⁴. It does not protect from anybody who wants two contents to look alike.
///
/// Each piece's XXH64 digest (several gigabytes a second) is the next one's seed.
package struct ContentDigest: Hashable, Sendable {
  package private(set) var value: UInt64 = 0

  package init() {}

  /// 16 hexadecimal digits.
  package var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  package mutating func add(_ bytes: UnsafeRawBufferPointer) {
    value = tandem_digest(bytes.baseAddress, bytes.count, value)
  }

  /// Adds the elements as they lie in memory; for numbers only.
  package mutating func add(_ numbers: some Collection<some BitwiseCopyable>) {
    let added: Void? = numbers.withContiguousStorageIfAvailable { add(UnsafeRawBufferPointer($0)) }
    if added == nil { add(Array(numbers)) }
  }

  package mutating func add(_ number: Int) {
    withUnsafeBytes(of: Int64(number)) { add($0) }
  }

  package mutating func add(_ text: String) {
    add(Array(text.utf8))
  }
}
