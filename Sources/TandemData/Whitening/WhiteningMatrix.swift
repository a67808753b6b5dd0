import TandemTensor

/// A square matrix of float32 numbers in memory of its own.
///
/// Safe to share: whoever makes it fills it before others have it; then it is only read.
package final class WhiteningMatrix: @unchecked Sendable {
  // Sendable: nobody writes to it once it is handed out.

  package let count: Int
  package let elements: UnsafeMutableBufferPointer<Float>

  /// Zeros.
  /// - Parameter count: of rows, and of columns.
  /// - Throws: `MemoryError`.
  package init(count: Int) throws {
    try MemoryLimits.require(
      bytes: count * count * MemoryLayout<Float>.size, purpose: "the whitening of images")
    self.count = count
    elements = .allocate(capacity: count * count)
    elements.initialize(repeating: 0)
  }

  deinit { elements.deallocate() }

  var digest: String {
    var digest = ContentDigest()
    digest.add(UnsafeRawBufferPointer(elements))
    return digest.text
  }
}
