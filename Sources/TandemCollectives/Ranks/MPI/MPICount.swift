/// The one place where our counts become MPI's, which have 32 bits.
package enum MPICount {
  /// Floats of a cache line, in which ranges of elements are counted: 2³¹ of these are 2³⁵
  /// elements.
  package static let lineElements = 16

  /// Byte operations are split into pieces of at most this.
  package static let mostBytes = 1 << 30

  package struct Lines: Hashable {
    package let offset: Int32
    package let count: Int32

    package init(offset: Int32, count: Int32) {
      self.offset = offset
      self.count = count
    }
  }

  /// A range of elements in lines.
  /// - Throws: `JobError.notInLines` unless it starts and ends at multiples of `lineElements` and
  ///   its end, in lines, fits into 32 bits.
  package static func lines(_ range: Range<Int>) throws(JobError) -> Lines {
    guard range.lowerBound >= 0, range.lowerBound % lineElements == 0,
      range.upperBound % lineElements == 0,
      let offset = Int32(exactly: range.lowerBound / lineElements),
      let end = Int32(exactly: range.upperBound / lineElements)
    else { throw .notInLines(range) }
    return Lines(offset: offset, count: end - offset)
  }

  /// Cuts `count` elements into pieces of `most`, the last one shorter; none if there is nothing.
  package static func pieces(of count: Int, most: Int) -> [Range<Int>] {
    precondition(most > 0 && most <= Int(Int32.max))
    return stride(from: 0, to: count, by: most).map { $0..<min($0 + most, count) }
  }
}
