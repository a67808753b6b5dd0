/// How the ranks of a job exchange gradients: in which buckets, whose which part of a bucket is,
/// and which logical shards each rank has. The same on all ranks but for `rank`.
package struct ExchangePlan: Hashable, Sendable {
  package let rank: Int
  /// Ranges of the gradients' arena, which are exchanged one after the other, together all of it.
  package let buckets: [Range<Int>]
  /// The parts of each bucket that the ranks own, in the order of the ranks: an owner adds up the
  /// gradients of its part, updates the parameters there and has the optimizer's state of them.
  package let slices: [[Range<Int>]]
  /// The consecutive shards of each rank.
  package let shards: [Range<Int>]
  /// The shards that have gradients of each bucket, ascending.
  package let shardsOfBucket: [[Int]]
  /// The ranks that have such shards, for each bucket, ascending. The others have nothing to send
  /// nor to receive for it, but start its collective operations with everybody.
  package let holders: [[Int]]
  /// The numbers of buckets whose gradients are not sent: owners get something else to compute them
  /// from, by other ways.
  package let unsent: Set<Int>
  /// The numbers that travel.
  package let wire: WireFormat

  /// A part of a bucket for one of several owners.
  package typealias Cut = (_ bucket: Int, _ owner: Int, _ owners: Int) -> Range<Int>

  /// - Parameters:
  ///   - sources: which shards have gradients of which elements, in ascending order and together
  ///     all elements; empty where all have gradients of all. Each bucket lies within one of them.
  ///   - cut: how buckets are cut among those that hold them; nil for nearly equal parts, cut at
  ///     whole cache lines.
  package init(
    rank: Int, buckets: [Range<Int>], shards: [Range<Int>], sources: [GradientSource] = [],
    cut: Cut? = nil, unsent: Set<Int> = [], wire: WireFormat = .float32
  ) {
    precondition(shards.indices.contains(rank), "rank \(rank) of \(shards.count)")
    self.rank = rank
    self.buckets = buckets
    self.shards = shards
    self.unsent = unsent
    self.wire = wire
    let all = Array(0..<(shards.last?.upperBound ?? 0))
    shardsOfBucket = buckets.map { bucket in
      if sources.isEmpty { return all }
      guard let source = sources.first(where: { $0.range.overlaps(bucket) }),
        bucket.clamped(to: source.range) == bucket
      else { preconditionFailure("bucket \(bucket) has gradients of several sources") }
      return source.shards
    }
    let holders = shardsOfBucket.map { held in
      shards.indices.filter { rank in held.contains { shards[rank].contains($0) } }
    }
    self.holders = holders
    slices = buckets.indices.map { bucket in
      let owners = holders[bucket]
      return shards.indices.map { rank in
        guard let owner = owners.firstIndex(of: rank) else {
          return buckets[bucket].upperBound..<buckets[bucket].upperBound
        }
        return cut?(bucket, owner, owners.count)
          ?? Buckets.slice(of: buckets[bucket], owner: owner, owners: owners.count)
      }
    }
  }

  package var ranks: Int { shards.count }

  /// The part of a bucket that this rank owns.
  package func ownSlice(_ bucket: Int) -> Range<Int> { slices[bucket][rank] }

  /// All that a rank owns, bucket by bucket.
  package func ownedRanges(_ rank: Int) -> [Range<Int>] { slices.map { $0[rank] } }

  /// Whether this rank has gradients of a bucket, and needs its parameters.
  package func isHeld(_ bucket: Int) -> Bool { holders[bucket].contains(rank) }

  /// Whether nothing of a bucket travels, as all of it belongs to one rank.
  package func staysAtHome(_ bucket: Int) -> Bool { holders[bucket].count == 1 && ranks > 1 }

  /// Which partial sums the ranks make and add where so many shards have images.
  package func sums(activeShards: Int) -> BucketSums {
    BucketSums(self, activeShards: activeShards)
  }

  /// Where in the memory for what is received a partial sum of another rank begins. `place` numbers
  /// the foreign partials.
  func receivedOffset(bucket: Int, place: Int, _ sums: BucketSums) -> Int {
    sums.receivedStarts[bucket] + place * ownSlice(bucket).count
  }

  /// The bytes of gradients and parameters that this rank sends in one exchange.
  package func bytesSent(_ sums: BucketSums) -> Int {
    var elements = 0
    for (bucket, range) in buckets.enumerated() where isHeld(bucket) {
      let own = ownSlice(bucket).count
      if !unsent.contains(bucket) { elements += sums[bucket].own.count * (range.count - own) }
      elements += (holders[bucket].count - 1) * own
    }
    return elements * wire.elementBytes
  }
}
