import TandemExecution

/// Which parts of the group's memory travel from which rank to which: a pure function, so that all
/// ranks agree on it.
package struct CrossingRoutes: Hashable, Sendable {
  /// Ranges of elements by sender and receiver, joined where they follow each other. In bfloat16
  /// none are: small segments would fill their places, larger ones not, and groups with other
  /// numbers of images have to come to as many operations.
  private let runs: [[[Range<Int>]]]

  package init(_ segments: [CrossingSegment], members: [Range<Int>]) {
    runs = members.indices.map { sender in
      members.indices.map { receiver in
        if sender == receiver { return [] }
        return segments.filter { segment in
          members[sender].contains(segment.giver)
            && segment.takers.contains { members[receiver].contains($0) }
        }.reduce(into: []) { runs, segment in
          let range = Self.elements(segment.bytes)
          if segment.fillsPlace, let last = runs.last,
            last.upperBound == range.lowerBound
          {
            runs[runs.count - 1] = last.lowerBound..<range.upperBound
          } else {
            runs.append(range)
          }
        }
      }
    }
  }

  /// All-to-all operations that it takes.
  package var rounds: Int { runs.joined().map(\.count).max() ?? 0 }

  /// The ranges that go to each rank.
  package func sends(of sender: Int, round: Int) -> [Range<Int>] {
    runs[sender].map { round < $0.count ? $0[round] : 0..<0 }
  }

  /// The ranges that come from each rank.
  package func receives(of receiver: Int, round: Int) -> [Range<Int>] {
    runs.map { round < $0[receiver].count ? $0[receiver][round] : 0..<0 }
  }

  /// Whole cache lines of 64 bytes: segments begin with one, and nothing else is in the rest of
  /// their last.
  private static func elements(_ bytes: Range<Int>) -> Range<Int> {
    let size = MemoryLayout<Float>.size
    let line = 16 * size
    return bytes.lowerBound / size..<(bytes.upperBound + line - 1) / line * 16
  }
}
