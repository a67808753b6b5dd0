import TandemNetwork

/// The blocks in which norms of gradients and parameters are summed: at most `mostElements`
/// elements each, cut anew for each parameter.
///
/// A pure function of the parameters' sizes, so that sums that are formed block by block, and added
/// in the order of the blocks, do not depend on how blocks are spread over workers and ranks. No
/// block straddles parameters, nor therefore buckets. The gap behind a parameter belongs to its
/// last block; it holds zeros, which add nothing.
package struct NormBlocks: Hashable, Sendable {
  package static let mostElements = 4096

  /// Where each block begins, and where the last one ends: one more than there are blocks.
  private let bounds: [Int]
  /// The first block of each parameter, and the number of blocks.
  private let firstBlocks: [Int]

  /// - Parameters:
  ///   - parameterElementCounts: elements of each parameter in arena order, padding included, so
  ///     that they add up to the arena.
  ///   - cuts: where blocks end besides, ascending: within parameters whose slices are on several
  ///     devices.
  package init(parameterElementCounts: [Int], cuts: [Int] = []) {
    var bounds = [0]
    var firstBlocks = [0]
    var end = 0
    for count in parameterElementCounts {
      let start = end
      end += count
      let cuts = cuts.filter { start < $0 && $0 < end }
      for (start, end) in zip([start] + cuts, cuts + [end]) where start < end {
        bounds += stride(from: start + Self.mostElements, to: end, by: Self.mostElements)
        bounds.append(end)
      }
      firstBlocks.append(bounds.count - 1)
    }
    self.bounds = bounds
    self.firstBlocks = firstBlocks
  }

  package init(_ layout: ParameterLayout, cuts: [Int] = []) {
    self.init(parameterElementCounts: layout.paddedElementCounts, cuts: cuts)
  }

  package var count: Int { bounds.count - 1 }

  package var elementCount: Int { bounds[count] }

  /// The elements of one block.
  package subscript(block: Int) -> Range<Int> { bounds[block]..<bounds[block + 1] }

  /// The elements of consecutive blocks.
  package func elements(ofBlocks blocks: Range<Int>) -> Range<Int> {
    bounds[blocks.lowerBound]..<bounds[blocks.upperBound]
  }

  /// The blocks of a parameter.
  /// - Parameter index: its place in arena order.
  package func blocks(ofParameter index: Int) -> Range<Int> {
    firstBlocks[index]..<firstBlocks[index + 1]
  }

  /// The blocks of a range of elements that begins and ends between parameters, as buckets do.
  package func blocks(ofBucket bucket: Range<Int>) -> Range<Int> {
    let blocks = firstBlock(from: bucket.lowerBound)..<firstBlock(from: bucket.upperBound)
    precondition(elements(ofBlocks: blocks) == bucket, "\(bucket) cuts a block")
    return blocks
  }

  /// The blocks of a bucket that belong to one of `owners`: whole blocks only, nearly as many
  /// elements for each owner, in the bucket's order. Owners may have none.
  package func blocks(ofBucket bucket: Range<Int>, owner: Int, owners: Int) -> Range<Int> {
    let blocks = blocks(ofBucket: bucket)
    func cut(_ owner: Int) -> Int {
      firstBlock(from: bucket.lowerBound + bucket.count * owner / owners)
    }
    return (cut(owner)..<cut(owner + 1)).clamped(to: blocks)
  }

  /// The elements of a bucket that belong to one of `owners`: those of its blocks.
  package func slice(ofBucket bucket: Range<Int>, owner: Int, owners: Int) -> Range<Int> {
    elements(ofBlocks: blocks(ofBucket: bucket, owner: owner, owners: owners))
  }

  /// The first block that begins at `element` or later; the number of blocks if there is none.
  private func firstBlock(from element: Int) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if bounds[middle] < element { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
