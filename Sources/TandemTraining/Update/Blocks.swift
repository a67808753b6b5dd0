/// The pieces in which gradients are summed and used at once, while they are in the cache.
enum Blocks {
  static let elements = 4096

  /// The blocks of a range, the last one shorter.
  static func ranges(of range: Range<Int>) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    forEach(of: range) { ranges.append($0) }
    return ranges
  }

  /// The same one by one, without memory for all.
  static func forEach(of range: Range<Int>, _ body: (Range<Int>) throws -> Void) rethrows {
    var start = range.lowerBound
    while start < range.upperBound {
      let end = min(start + elements, range.upperBound)
      try body(start..<end)
      start = end
    }
  }
}
