import CKernels

/// The sum of the logical shards' gradients.
///
/// The shards are added in a fixed binary tree, n of them split at the largest power of two below
/// n: (g0 + g1) + (g2 + g3) for four. The tree depends on nothing but the number of shards, and
/// each element is summed on its own, so the result has the same bits however the shards are spread
/// over workers and however a range is cut into pieces. A tree also loses less precision than a
/// row.
package struct ShardSum {
  /// The gradient arenas in the order of the shards.
  private let shards: [UnsafePointer<Float>]
  /// The arenas moved to the range of one call; reused so that a call does not allocate.
  private var arguments: [UnsafePointer<Float>?]
  private let wire: WireFormat
  /// Together all elements, where not all shards have gradients of all; else empty.
  private let sources: [GradientSource]

  /// - Parameters:
  ///   - shards: the gradient arenas in the order of the shards, 1 ... 65,536 of them.
  ///   - sources: which shards' gradients count, in ascending order and together all elements;
  ///     empty where all count everywhere.
  ///   - wire: decides what is rounded.
  package init(
    shards: [UnsafePointer<Float>], sources: [GradientSource] = [], wire: WireFormat = .float32
  ) {
    self.sources = sources
    precondition(
      (1...Int(TANDEM_MAXIMUM_SHARDS)).contains(shards.count), "\(shards.count) shards")
    self.shards = shards
    arguments = shards
    self.wire = wire
  }

  /// Writes the sum of the first `count` shards, elements `range`, to `sum` (`range.count`
  /// elements). With fewer shards the tree is the same with the last ones left out.
  package mutating func sum(
    shards count: Int, range: Range<Int>, into sum: UnsafeMutablePointer<Float>
  ) {
    precondition(count <= shards.count, "\(count) of \(shards.count) shards")
    if !sources.isEmpty {
      precondition(count == shards.count, "each device of a mesh has gradients")
      sumOfSources(range, into: sum)
      return
    }
    for index in 0..<count { arguments[index] = shards[index] + range.lowerBound }
    arguments.withUnsafeBufferPointer {
      wire.addUp(
        UnsafeBufferPointer(rebasing: $0.prefix(count)), of: shards.count, into: sum,
        count: range.count)
    }
  }

  private mutating func sumOfSources(_ range: Range<Int>, into sum: UnsafeMutablePointer<Float>) {
    for source in sources[firstSource(of: range)...] {
      let part = source.range.clamped(to: range)
      if part.isEmpty { return }
      for (place, shard) in source.shards.enumerated() {
        arguments[place] = shards[shard] + part.lowerBound
      }
      arguments.withUnsafeBufferPointer {
        wire.addUp(
          UnsafeBufferPointer(rebasing: $0.prefix(source.shards.count)), of: source.shards.count,
          into: sum + (part.lowerBound - range.lowerBound), count: part.count)
      }
    }
  }

  /// The first source that has elements of a range.
  private func firstSource(of range: Range<Int>) -> Int {
    var (low, high) = (0, sources.count)
    while low < high {
      let middle = (low + high) / 2
      if sources[middle].range.upperBound <= range.lowerBound {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }

  /// The gradients themselves when there is only one shard that counts, and nothing to sum, nor to
  /// round.
  package func single(shards count: Int, range: Range<Int>) -> UnsafePointer<Float>? {
    if sources.isEmpty {
      return count == 1 && !wire.roundsTotal(activeShards: 1, of: shards.count)
        ? shards[0] + range.lowerBound : nil
    }
    let source = sources[firstSource(of: range)]
    return source.shards.count == 1 && source.range.upperBound >= range.upperBound
      ? shards[source.shards[0]] + range.lowerBound : nil
  }
}
