/// Which shards have gradients of some elements.
package struct GradientSource: Hashable, Sendable {
  /// Elements of the gradients' arena.
  package let range: Range<Int>
  /// The shards with gradients, in ascending order.
  package let shards: [Int]

  package init(range: Range<Int>, shards: [Int]) {
    self.range = range
    self.shards = shards
  }
}
