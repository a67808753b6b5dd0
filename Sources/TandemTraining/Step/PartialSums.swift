import CKernels
import TandemCollectives

/// The sums of gradients that the ranks make of their own shards, for one number of shards with
/// images, and how they add up.
struct PartialSums {
  /// The nodes of the shard tree that each rank sums.
  let nodesOfRanks: [[Range<Int>]]
  /// How the nodes of all ranks, in their order, are added.
  let additions: [ShardTree.Addition]

  init(_ layout: RankLayout, _ division: ShardDivision, activeShards: Int) {
    nodesOfRanks = (0..<layout.ranks).map {
      ShardTree.partials(of: layout.shards(ofRank: $0, division), shards: activeShards)
    }
    additions = ShardTree.additions(of: nodesOfRanks.flatMap { $0 })
  }

  /// All-to-all exchanges that a bucket takes: one for each node of the rank that has most.
  var rounds: Int { nodesOfRanks.map(\.count).max() ?? 0 }

  /// The number of a rank's first node among all.
  func firstNode(ofRank rank: Int) -> Int {
    nodesOfRanks.prefix(rank).reduce(0) { $0 + $1.count }
  }

  var count: Int { firstNode(ofRank: nodesOfRanks.count) }
}
