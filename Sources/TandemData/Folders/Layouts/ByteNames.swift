import Foundation

/// Names as the system gives them, in bytes, one behind the other.
struct ByteNames: Sendable {
  private(set) var bytes: [UInt8] = []
  private(set) var ranges: [Range<Int>] = []

  var count: Int { ranges.count }

  mutating func append(_ name: some Collection<UInt8>) {
    let start = bytes.count
    bytes.append(contentsOf: name)
    ranges.append(start..<bytes.count)
  }

  subscript(index: Int) -> ArraySlice<UInt8> { bytes[ranges[index]] }

  /// Brings the names into the order of their bytes, which for UTF-8 is that of code points:
  /// Python's order, in which torchvision and Keras number classes and pictures.
  mutating func sort() {
    bytes.withUnsafeBytes { all in
      ranges.sort { Self.precedes(all, $0, $1) }
    }
  }

  private static func precedes(
    _ all: UnsafeRawBufferPointer, _ left: Range<Int>, _ right: Range<Int>
  ) -> Bool {
    guard let base = all.baseAddress else { return left.count < right.count }
    let common = memcmp(
      base + left.lowerBound, base + right.lowerBound, min(left.count, right.count))
    return common == 0 ? left.count < right.count : common < 0
  }
}

/// The order of code points, whatever the language of the system.
func precedesByCodePoints(_ left: String, _ right: String) -> Bool {
  left.unicodeScalars.lexicographicallyPrecedes(right.unicodeScalars) { $0.value < $1.value }
}
