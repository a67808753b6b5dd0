/// How the ranks of a job exchange gradients: in which buckets, whose which part of a bucket is, and
/// which logical shards each rank has. The same on all ranks but for `rank`.
public struct ExchangePlan: Hashable, Sendable {
  public let rank: Int
  /// Ranges of the gradients' arena, which are exchanged one after the other, together all of it.
  public let buckets: [Range<Int>]
  /// The parts of each bucket that the ranks own, in the order of the ranks: an owner adds up the
  /// gradients of its part, updates the parameters there and has the optimizer's state of them.
  public let slices: [[Range<Int>]]
  /// The consecutive shards of each rank.
  public let shards: [Range<Int>]
  /// The numbers of buckets whose gradients are not sent: owners get something else to compute them
  /// from, by other ways.
  public let unsent: Set<Int>
  /// The numbers that travel.
  public let wire: WireFormat

  /// - Parameter slices: nil for nearly equal parts, cut at whole cache lines.
  public init(
    rank: Int, buckets: [Range<Int>], shards: [Range<Int>], slices: [[Range<Int>]]? = nil,
    unsent: Set<Int> = [], wire: WireFormat = .float32
  ) {
    precondition(shards.indices.contains(rank), "rank \(rank) of \(shards.count)")
    self.rank = rank
    self.buckets = buckets
    self.shards = shards
    self.unsent = unsent
    self.wire = wire
    self.slices =
      slices
      ?? buckets.map { bucket in
        shards.indices.map { Buckets.slice(of: bucket, owner: $0, owners: shards.count) }
      }
  }

  public var ranks: Int { shards.count }

  /// The part of a bucket that this rank owns.
  public func ownSlice(_ bucket: Int) -> Range<Int> { slices[bucket][rank] }

  /// All that a rank owns, bucket by bucket.
  public func ownedRanges(_ rank: Int) -> [Range<Int>] { slices.map { $0[rank] } }

  /// Which partial sums the ranks make and add where so many shards have images.
  public func partialSums(activeShards: Int) -> PartialSums {
    PartialSums(rank: rank, shards: shards, activeShards: activeShards, wire: wire)
  }

  /// The elements that this rank must have memory for to receive the partial sums of others, at most.
  public func receivedElements(_ sums: PartialSums) -> Int {
    receivedOffset(bucket: buckets.count, place: 0, sums)
  }

  /// Where in that memory a partial sum of another rank begins. `place` numbers the foreign partials.
  func receivedOffset(bucket: Int, place: Int, _ sums: PartialSums) -> Int {
    let before = (0..<bucket).reduce(0) { $0 + (unsent.contains($1) ? 0 : ownSlice($1).count) }
    return before * sums.foreignCount + (place > 0 ? place * ownSlice(bucket).count : 0)
  }

  /// The bytes of gradients and parameters that this rank sends in one exchange.
  public func bytesSent(_ sums: PartialSums) -> Int {
    var elements = 0
    for (bucket, range) in buckets.enumerated() {
      let own = ownSlice(bucket).count
      if !unsent.contains(bucket) { elements += sums.partials[rank].count * (range.count - own) }
      elements += (ranks - 1) * own
    }
    return elements * wire.elementBytes
  }
}

/// The partial sums of all ranks for a number of shards that have images: see `ShardTree`.
public struct PartialSums: Hashable, Sendable {
  /// The shards of each partial sum, rank by rank.
  public let partials: [[Range<Int>]]
  /// All-to-all operations that it takes to bring all partials to the owners of slices: in round n
  /// each rank sends its n-th one, if it has so many.
  public let rounds: Int
  /// How the owner of a slice adds all partials, which are numbered rank by rank; the result is in the
  /// first.
  public let additions: [ShardTree.Addition]
  /// The first so many shards have images.
  public let activeShards: Int
  /// Whether the sum of all of them is rounded, as the partial sums are; see `WireFormat`.
  public let roundsTotal: Bool
  private let rank: Int
  private let ownFirst: Int

  init(rank: Int, shards: [Range<Int>], activeShards: Int, wire: WireFormat) {
    partials = shards.map { ShardTree.partials(of: $0, shards: activeShards) }
    rounds = partials.map(\.count).max() ?? 0
    additions = ShardTree.additions(of: Array(partials.joined()))
    self.rank = rank
    self.activeShards = activeShards
    roundsTotal = wire.roundsTotal(
      activeShards: activeShards, of: shards.last?.upperBound ?? 0)
    ownFirst = partials.prefix(rank).reduce(0) { $0 + $1.count }
  }

  /// The partials of this rank.
  public var own: [Range<Int>] { partials[rank] }

  /// Whether this rank has anything to add up on its own.
  public var addsShards: Bool { own.contains { $0.count > 1 } }

  /// How many partials of other ranks there are.
  public var foreignCount: Int { partials.reduce(0) { $0 + $1.count } - own.count }

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

  /// The number among the foreign partials of what `rank` sends in a round; nil if it sends nothing.
  func foreignPlace(ofRank sender: Int, round: Int) -> Int? {
    guard sender != rank, round < partials[sender].count else { return nil }
    let number = partials.prefix(sender).reduce(0) { $0 + $1.count } + round
    guard case .foreign(let place) = place(number) else { return nil }
    return place
  }
}
