/// Memory for second labels, written by who prepares a batch.
package struct LabelMemory: @unchecked Sendable {
  // Sendable: belongs to one thread at a time, as the memory that it is part of.
  private let ownLabels: UnsafeMutablePointer<Int32>
  private let shares: UnsafeMutablePointer<Float>

  /// - Parameters:
  ///   - memory: twice as large as `byteCount`.
  ///   - byteCount: of the labels alone.
  package init(_ memory: UnsafeMutableRawPointer, byteCount: Int) {
    let count = byteCount / MemoryLayout<Int32>.size
    ownLabels = memory.bindMemory(to: Int32.self, capacity: count)
    shares = (memory + byteCount).bindMemory(to: Float.self, capacity: count)
  }

  package func write(_ label: SecondLabel, at row: Int) {
    ownLabels[row] = label.label
    shares[row] = label.share
  }

  package var labels: SecondLabels { SecondLabels(labels: ownLabels, shares: shares) }
}
