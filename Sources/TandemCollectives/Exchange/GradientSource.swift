/// Which shards have gradients of some elements.
public struct GradientSource: Hashable, Sendable {
  /// Elements of the gradients' arena.
  public let range: Range<Int>
  /// In ascending order.
  public let shards: [Int]

  public init(range: Range<Int>, shards: [Int]) {
    self.range = range
    self.shards = shards
  }
}
