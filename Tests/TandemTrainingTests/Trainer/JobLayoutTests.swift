import TandemTraining
import Testing

@Suite("Who has which images and shards") struct JobLayoutTests {
  private static let workersOfRanks = [1, 2, 1]

  /// Epochs of 13 images, which make mini-batches of 5, 5 and 3.
  private static func layout(rank: Int) -> JobLayout {
    var options = TrainingOptions()
    options.batchSize = 5
    options.accumulatedBatches = 2
    return JobLayout(
      epochs: options.epochDivision(images: 13), division: ShardDivision(shards: 7),
      ranks: RankLayout(rank: rank, workersOfRanks: workersOfRanks))
  }

  @Test func ranksAgreeAndHaveEachShardOnce() {
    let layouts = Self.workersOfRanks.indices.map(Self.layout)
    for layout in layouts {
      #expect(layout.shardsOfRanks == [0..<1, 1..<5, 5..<7])
      #expect(layout.ownShards == layout.shardsOfRanks[layout.rank])
      let workers = 0..<Self.workersOfRanks[layout.rank]
      #expect(
        workers.flatMap { Array(layout.shards(ofWorker: $0)) } == Array(layout.ownShards))
    }
  }

  /// The last mini-batch has fewer images than there are shards, and the others too.
  @Test func knowsHowManyShardsHaveImages() {
    let layout = Self.layout(rank: 0)
    #expect(layout.activeShards == [5, 3])
    #expect(layout.epochs.steps == 2)
    #expect(layout.epochs.imagesPerStep == 10)
  }

  /// The images of a step that each rank's shards hold, mini-batch by mini-batch.
  @Test func divideTheImagesOfAStep() {
    let layout = Self.layout(rank: 1)
    let rows = layout.shardsOfRanks.map { layout.batchRows.rows(ofShards: $0, images: 8) }
    for batch in [0..<5, 5..<8].enumerated() {
      let images = rows.flatMap { Array($0[batch.offset]) }
      #expect(images == Array(batch.element))
    }
  }
}
