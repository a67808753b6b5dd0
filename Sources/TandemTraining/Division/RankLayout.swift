import TandemCollectives

/// The ranks of a job and their workers, and which logical shards are whose: consecutive ones,
/// first those of rank 0's workers. A pure function of its numbers, so that all ranks agree on it.
///
/// Ranks may have different numbers of workers, and the shards need not divide evenly: with 5
/// shards and 2 ranks of 2 workers, the workers have 1, 1, 1 and 2. Every worker has at least one
/// shard when there are at least as many shards as workers.
package struct RankLayout: Hashable, Sendable {
  /// This process, one of `workersOfRanks.indices`.
  package let rank: Int
  package let workersOfRanks: [Int]

  package init(rank: Int, workersOfRanks: [Int]) {
    self.rank = rank
    self.workersOfRanks = workersOfRanks
  }

  /// The layout of a plain run.
  package static func solo(workers: Int) -> RankLayout {
    RankLayout(rank: 0, workersOfRanks: [workers])
  }

  package var ranks: Int { workersOfRanks.count }

  /// The workers of all ranks together.
  package var totalWorkers: Int { workersOfRanks.reduce(0, +) }

  /// The shards that all workers of a rank have together.
  package func shards(ofRank rank: Int, _ division: ShardDivision) -> Range<Int> {
    let first = firstWorker(ofRank: rank)
    let last = first + workersOfRanks[rank] - 1
    return division.owned(by: first, of: totalWorkers)
      .lowerBound..<division.owned(by: last, of: totalWorkers).upperBound
  }

  /// The shards of one worker of this rank.
  package func shards(ofWorker worker: Int, _ division: ShardDivision) -> Range<Int> {
    division.owned(by: firstWorker(ofRank: rank) + worker, of: totalWorkers)
  }

  /// The images of a mini-batch that this rank's shards read; none where it is too small for them.
  package func rows(imagesInBatch images: Int, _ division: ShardDivision) -> Range<Int> {
    division.read(byShards: shards(ofRank: rank, division), images: images)
  }

  /// Those of one worker of this rank.
  package func rows(
    ofWorker worker: Int, imagesInBatch images: Int, _ division: ShardDivision
  ) -> Range<Int> {
    division.read(byShards: shards(ofWorker: worker, division), images: images)
  }

  // MARK: Slices of buckets, where every worker of all ranks owns one

  /// The slice of a worker of this rank.
  func slice(of bucket: Range<Int>, ofWorker worker: Int) -> Range<Int> {
    slice(of: bucket, owner: firstWorker(ofRank: rank) + worker)
  }

  /// The slice of each rank: what its workers have together.
  func slicesOfRanks(of bucket: Range<Int>) -> [Range<Int>] {
    workersOfRanks.indices.map { rank in
      let first = firstWorker(ofRank: rank)
      let last = first + workersOfRanks[rank] - 1
      return slice(of: bucket, owner: first).lowerBound..<slice(of: bucket, owner: last).upperBound
    }
  }

  private func slice(of bucket: Range<Int>, owner: Int) -> Range<Int> {
    Buckets.slice(of: bucket, owner: owner, owners: totalWorkers)
  }

  private func firstWorker(ofRank rank: Int) -> Int {
    workersOfRanks.prefix(rank).reduce(0, +)
  }
}
