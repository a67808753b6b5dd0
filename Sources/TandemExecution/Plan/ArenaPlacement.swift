/// Places buffers in one arena so that buffers whose lifetimes overlap do not, and the arena stays
/// small.
///
/// Greedy by size: the largest buffer first, each at the lowest offset where it meets no buffer
/// that is alive at the same time. This reaches the lower bound or comes close to it for the nested
/// lifetimes of a forward and backward pass.
struct ArenaPlacement: Sendable {
  /// oneDNN's vector loads and our neighbours want whole cache lines.
  static let alignmentBytes = 64

  /// Byte offset of each request, in the order of the requests.
  let offsets: [Int]
  let byteCount: Int

  struct Request: Sendable {
    let byteCount: Int
    /// First and last instruction that touch the buffer.
    let lifetime: ClosedRange<Int>
  }

  init(_ requests: [Request]) {
    var offsets = Array(repeating: 0, count: requests.count)
    var byteCount = 0
    var placed: [(range: Range<Int>, lifetime: ClosedRange<Int>)] = []
    let order = requests.indices.sorted {
      (requests[$0].byteCount, requests[$1].lifetime.lowerBound, $1)
        > (requests[$1].byteCount, requests[$0].lifetime.lowerBound, $0)
    }
    for index in order {
      let request = requests[index]
      let size = Self.aligned(request.byteCount)
      var offset = 0
      // `placed` is sorted by offset: the first gap that is large enough wins.
      for other in placed where other.lifetime.overlaps(request.lifetime) {
        if other.range.lowerBound >= offset + size { break }
        offset = max(offset, other.range.upperBound)
      }
      offsets[index] = offset
      byteCount = max(byteCount, offset + size)
      let position =
        placed.firstIndex { $0.range.lowerBound > offset } ?? placed.endIndex
      placed.insert((offset..<(offset + size), request.lifetime), at: position)
    }
    self.offsets = offsets
    self.byteCount = byteCount
  }

  static func aligned(_ byteCount: Int) -> Int {
    (byteCount + alignmentBytes - 1) / alignmentBytes * alignmentBytes
  }
}
