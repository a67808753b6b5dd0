import TandemCollectives

/// Who has which images, shards and devices in a training job: made once, when the number of
/// workers is known (`Trainer.layout`), and the same on all ranks but for `ranks.rank`.
package struct JobLayout: Sendable {
  /// How an epoch is cut into mini-batches and steps.
  package let epochs: EpochDivision
  /// How a mini-batch is cut into logical shards.
  package let division: ShardDivision
  /// Which rank and worker has which shards.
  package let ranks: RankLayout
  /// How devices share the network; nil where each worker computes all of it.
  let mesh: MeshLayout?

  package init(epochs: EpochDivision, division: ShardDivision, ranks: RankLayout) {
    self.init(epochs: epochs, division: division, ranks: ranks, mesh: nil)
  }

  init(epochs: EpochDivision, division: ShardDivision, ranks: RankLayout, mesh: MeshLayout?) {
    self.epochs = epochs
    self.division = division
    self.ranks = ranks
    self.mesh = mesh
  }

  /// This process.
  package var rank: Int { ranks.rank }

  /// The workers of this rank.
  var workers: Int { ranks.workersOfRanks[rank] }

  /// The shards of each rank.
  package var shardsOfRanks: [Range<Int>] {
    (0..<ranks.ranks).map { ranks.shards(ofRank: $0, division) }
  }

  /// The shards of this rank.
  package var ownShards: Range<Int> { ranks.shards(ofRank: rank, division) }

  /// The shards of one worker of this rank.
  package func shards(ofWorker worker: Int) -> Range<Int> {
    ranks.shards(ofWorker: worker, division)
  }

  /// The numbers of shards with images that steps can have.
  package var activeShards: Set<Int> {
    Set(epochs.batchImageCounts.map { division.active(images: $0) })
  }

  /// Which images of a step shards hold.
  package var batchRows: BatchRows { BatchRows(batchSize: epochs.batchSize, division: division) }

  /// Whose gradients each element has; empty where all shards have gradients of all.
  var sources: [GradientSource] { mesh?.gradients.sources ?? [] }
}
