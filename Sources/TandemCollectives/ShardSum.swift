import CKernels

/// The sum of the logical shards' gradients.
///
/// The shards are added in a fixed binary tree, n of them split at the largest power of two below n:
/// (g0 + g1) + (g2 + g3) for four. The tree depends on nothing but the number of shards, and each
/// element is summed on its own, so the result has the same bits however the shards are spread over
/// workers and however a range is cut into pieces. A tree also loses less precision than a row.
public struct ShardSum {
  /// The gradient arenas in the order of the shards.
  private let shards: [UnsafePointer<Float>]
  /// The arenas moved to the range of one call; reused so that a call does not allocate.
  private var arguments: [UnsafePointer<Float>?]
  private let wire: WireFormat

  /// - Parameters:
  ///   - shards: the gradient arenas in the order of the shards, 1 ... 65,536 of them.
  ///   - wire: decides what is rounded.
  public init(shards: [UnsafePointer<Float>], wire: WireFormat = .float32) {
    precondition(
      (1...Int(TANDEM_MAXIMUM_SHARDS)).contains(shards.count), "\(shards.count) shards")
    self.shards = shards
    arguments = shards
    self.wire = wire
  }

  /// Writes the sum of the first `count` shards, elements `range`, to `sum` (`range.count` elements).
  /// With fewer shards the tree is the same with the last ones left out.
  public mutating func sum(
    shards count: Int, range: Range<Int>, into sum: UnsafeMutablePointer<Float>
  ) {
    precondition(count <= shards.count, "\(count) of \(shards.count) shards")
    for index in 0..<count { arguments[index] = shards[index] + range.lowerBound }
    arguments.withUnsafeBufferPointer {
      wire.addUp(
        UnsafeBufferPointer(rebasing: $0.prefix(count)), of: shards.count, into: sum,
        count: range.count)
    }
  }

  /// The gradients themselves when there is only one shard and nothing to sum, nor to round.
  public func single(shards count: Int, range: Range<Int>) -> UnsafePointer<Float>? {
    count == 1 && !wire.roundsTotal(activeShards: 1, of: shards.count)
      ? shards[0] + range.lowerBound : nil
  }
}
