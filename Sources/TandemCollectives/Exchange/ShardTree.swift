/// The binary tree in which the gradients of logical shards are added, and how ranks that hold some
/// of the shards each share its additions among them.
///
/// n shards are split at the largest power of two below n, as `tandem_sum_shards` does it:
/// ((0 + 1) + (2 + 3)) + 4 for five. A node of the tree is the range of the shards below it. A rank
/// adds what it can on its own, the largest nodes that lie wholly in its shards; the additions that
/// remain are those above them. So the result has the same bits as if one rank had all shards.
package enum ShardTree {
  /// The largest nodes that lie wholly in the shards `held`, in their order; together they are
  /// `held`. Each is the sum of `tandem_sum_shards` over its shards.
  ///
  /// - Parameters:
  ///   - held: shards that one rank holds; those from `shards` on have no images and are left out.
  ///   - shards: how many shards have images.
  package static func partials(of held: Range<Int>, shards: Int) -> [Range<Int>] {
    var found: [Range<Int>] = []
    func visit(_ node: Range<Int>) {
      let common = node.clamped(to: held)
      if common.isEmpty { return }
      if common == node {
        found.append(node)
        return
      }
      let (left, right) = children(of: node)
      visit(left)
      visit(right)
    }
    if shards > 0 { visit(0..<shards) }
    return found
  }

  /// An addition of one partial sum to another; both are numbers of partials in their order.
  package struct Addition: Hashable, Sendable {
    package let destination: Int
    package let source: Int

    package init(destination: Int, source: Int) {
      self.destination = destination
      self.source = source
    }
  }

  /// The additions that make the sum of all shards from partial sums, in the order in which to do
  /// them; the result is in partial 0. None for one partial.
  ///
  /// - Parameter partials: nodes of the tree that together are all its shards, in their order: the
  ///   partials of the first rank, then those of the second and so on.
  package static func additions(of partials: [Range<Int>]) -> [Addition] {
    guard let shards = partials.last?.upperBound else { return [] }
    var additions: [Addition] = []
    var next = 0
    /// Adds up a node; returns the partial that then holds its sum.
    func add(_ node: Range<Int>) -> Int {
      if partials[next] == node {
        next += 1
        return next - 1
      }
      precondition(node.count > 1, "\(partials) are no nodes of the tree of \(shards) shards")
      let (left, right) = children(of: node)
      let destination = add(left)
      additions.append(Addition(destination: destination, source: add(right)))
      return destination
    }
    _ = add(0..<shards)
    precondition(next == partials.count, "\(partials) are no nodes of the tree of \(shards) shards")
    return additions
  }

  /// The two nodes of which a node with several shards is the sum.
  static func children(of node: Range<Int>) -> (left: Range<Int>, right: Range<Int>) {
    var half = 1
    while half * 2 < node.count { half *= 2 }
    let middle = node.lowerBound + half
    return (node.lowerBound..<middle, middle..<node.upperBound)
  }
}
