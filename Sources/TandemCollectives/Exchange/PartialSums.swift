/// The partial sums of all ranks of a bucket's gradients, for a number of shards that have images:
/// see `ShardTree`, whose nodes are those shards that have gradients of the bucket.
package struct PartialSums: Hashable, Sendable {
  /// The nodes of each partial sum, rank by rank.
  package let partials: [[Range<Int>]]
  /// All-to-all operations that it takes to bring all partials to the owners of slices: in round n
  /// each rank sends its n-th one, if it has so many.
  package let rounds: Int
  /// How the owner of a slice adds all partials, which are numbered rank by rank; the result is in
  /// the first.
  package let additions: [ShardTree.Addition]
  /// The shards that have gradients, and images.
  package let shards: ArraySlice<Int>
  /// How many have gradients, with or without images.
  package let shardCount: Int
  /// Whether the sum of all of them is rounded, as the partial sums are; see `WireFormat`.
  package let roundsTotal: Bool
  /// The first of this rank's shards that have gradients; nil if it has none.
  let firstOwnShard: Int?
  private let rank: Int
  private let ownFirst: Int

  /// - Parameters:
  ///   - shards: those that have gradients of the bucket.
  ///   - shardsOfRanks: consecutive ones of each rank.
  init(
    rank: Int, shards: [Int], shardsOfRanks: [Range<Int>], activeShards: Int, wire: WireFormat
  ) {
    let active = shards.prefix { $0 < activeShards }
    func place(_ shard: Int) -> Int { shards.firstIndex { $0 >= shard } ?? shards.count }
    partials = shardsOfRanks.map {
      ShardTree.partials(of: place($0.lowerBound)..<place($0.upperBound), shards: active.count)
    }
    rounds = partials.map(\.count).max() ?? 0
    additions = ShardTree.additions(of: Array(partials.joined()))
    self.rank = rank
    self.shards = active
    shardCount = shards.count
    firstOwnShard = shards.first { shardsOfRanks[rank].contains($0) }
    roundsTotal = wire.roundsTotal(activeShards: active.count, of: shards.count)
    ownFirst = partials.prefix(rank).reduce(0) { $0 + $1.count }
  }

  /// The partials of this rank.
  package var own: [Range<Int>] { partials[rank] }

  /// Whether there is nothing to add, nor to round: one shard has all.
  var isSingle: Bool { shardCount == 1 }

  /// Whether this rank has anything to add up on its own.
  package var addsShards: Bool { own.contains { $0.count > 1 } }

  /// How many partials of other ranks there are.
  package var foreignCount: Int { partials.reduce(0) { $0 + $1.count } - own.count }

  enum Place: Hashable {
    /// One of this rank's own partials.
    case own(Int)
    /// One of the others, numbered without this rank's.
    case foreign(Int)
  }

  /// Where partial `number` of all is.
  func place(_ number: Int) -> Place {
    if number < ownFirst { return .foreign(number) }
    if number < ownFirst + own.count { return .own(number - ownFirst) }
    return .foreign(number - own.count)
  }

  /// The number among the foreign partials of what `rank` sends in a round; nil if it sends
  /// nothing.
  func foreignPlace(ofRank sender: Int, round: Int) -> Int? {
    guard sender != rank, round < partials[sender].count else { return nil }
    let number = partials.prefix(sender).reduce(0) { $0 + $1.count } + round
    guard case .foreign(let place) = place(number) else { return nil }
    return place
  }
}
