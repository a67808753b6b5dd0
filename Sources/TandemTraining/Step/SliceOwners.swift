import TandemCollectives

/// Which rank adds up, and updates, which part of each bucket. A pure function of its numbers.
struct SliceOwners: Sendable {
  let buckets: [Range<Int>]
  let ranks: Int
  /// Where norms are needed, slices are whole blocks.
  private let blocks: NormBlocks?

  init(buckets: [Range<Int>], ranks: Int, blocks: NormBlocks?) {
    self.buckets = buckets
    self.ranks = ranks
    self.blocks = blocks
  }

  /// The elements of a bucket that belong to a rank; bounds are multiples of 16.
  func slice(ofBucket bucket: Int, rank: Int) -> Range<Int> {
    if let blocks { return blocks.slice(ofBucket: buckets[bucket], owner: rank, owners: ranks) }
    return Buckets.slice(of: buckets[bucket], owner: rank, owners: ranks)
  }

  /// The slices of a bucket in the order of the ranks; together they are the bucket.
  func slices(ofBucket bucket: Int) -> [Range<Int>] {
    (0..<ranks).map { slice(ofBucket: bucket, rank: $0) }
  }

  /// The slices of each bucket.
  var allSlices: [[Range<Int>]] { buckets.indices.map { slices(ofBucket: $0) } }

  /// The norm blocks of all slices of a rank, in the order of the arena.
  func normBlocks(ofRank rank: Int) -> [Int] {
    guard let blocks else { return [] }
    return buckets.flatMap { blocks.blocks(ofBucket: $0, owner: rank, owners: ranks) }
  }
}
