import TandemNetwork
import TandemTraining
import TandemZoo
import Testing

@Suite("How epochs and mini-batches are cut")
struct DivisionTests {
  @Test("images of shards: larger ones spread evenly; nothing for the last ones")
  func shards() {
    let division = ShardDivision(shards: 4)
    #expect(
      (0..<4).map { division.range(ofShard: $0, images: 10) } == [0..<3, 3..<5, 5..<8, 8..<10])
    #expect((0..<4).map { division.range(ofShard: $0, images: 2) } == [0..<1, 1..<2, 2..<2, 2..<2])
    #expect(division.active(images: 10) == 4)
    #expect(division.active(images: 2) == 2)
    #expect(division.imageCounts(images: 10) == [2, 3])
    #expect(division.imageCounts(images: 8) == [2])
    #expect(division.imageCounts(images: 3) == [1])
  }

  @Test("micro-batches of shards: as few as possible, nearly equal")
  func microBatches() {
    let division = ShardDivision(shards: 2, microBatchSize: 3)
    #expect(division.microBatches(ofShard: 10..<18) == [10..<13, 13..<16, 16..<18])
    #expect(division.microBatches(ofShard: 2..<6) == [2..<4, 4..<6])
    #expect(division.microBatches(ofShard: 2..<5) == [2..<5])
    #expect(ShardDivision(shards: 2).microBatches(ofShard: 10..<18) == [10..<18])
    #expect(division.mostImages(images: 15) == 8)
    // Shards of 8 and 7 images: 3, 3, 2 and 3, 2, 2. Of 3 and 2 images: whole ones.
    #expect(division.imageCounts(images: 15) == [2, 3])
    #expect(division.imageCounts(images: 5) == [2, 3])
    #expect(division.imageCounts(images: 1) == [1])
  }

  @Test("workers with as many shards have as many images, or one more", arguments: 8...40)
  func workersAreBalanced(images: Int) {
    let division = ShardDivision(shards: 8)
    for workers in [1, 2, 4, 8] {
      let counts = (0..<workers).map {
        division.range(ofShards: division.owned(by: $0, of: workers), images: images).count
      }
      #expect(counts.reduce(0, +) == images)
      #expect(counts.allSatisfy { $0 == images / workers || $0 == (images - 1) / workers + 1 })
    }
    let sizes = Set((0..<8).map { division.range(ofShard: $0, images: images).count })
    #expect(sizes == division.imageCounts(images: images))
  }

  @Test("pieces: shares of each device's images, as many of them in all groups")
  func pieces() {
    let division = ShardDivision(shards: 4, mesh: Mesh("2x2"), pieces: 2)
    #expect(
      division.pieces(ofShard: 0, images: 9).map(\.images) == [[0..<2, 3..<4], [2..<3, 4..<5]])
    // A device of seven images, or fewer, has one: enough for one piece, also where others have
    // two.
    for images in [4, 5, 6, 7] {
      #expect((0..<4).allSatisfy { division.pieces(ofShard: $0, images: images).count == 1 })
    }
    #expect((0..<4).allSatisfy { division.pieces(ofShard: $0, images: 8).count == 2 })
  }

  @Test("the size of micro-batches: as asked, or by the bytes of activations")
  func microBatchSize() throws {
    func size(_ name: String, asked: Int? = nil, shardImages: Int) throws -> Int? {
      try MicroBatch.size(
        asked: asked, graph: try Zoo.network(named: name).graph(),
        shardImages: shardImages)
    }
    // 60.2 MB for an image: 400 MiB are those of six, and eight images are computed in two fours.
    #expect(try size("vgg-d", shardImages: 8) == 6)
    #expect(try size("vgg-d", shardImages: 6) == nil)
    #expect(try size("alexnet", shardImages: 64) == nil)
    #expect(try size("lenet", shardImages: 64) == nil)
    #expect(try size("lenet", asked: 8, shardImages: 64) == 8)
    #expect(try size("lenet", asked: 64, shardImages: 64) == nil)
    // Batch normalization needs all images of a shard.
    #expect(try size("resnet-50", shardImages: 16) == nil)
    #expect(try size("resnet-50", asked: 16, shardImages: 16) == nil)
    #expect(throws: TrainingError.microBatchNormalization(layer: "bn1", shardImages: 16)) {
      try size("resnet-50", asked: 8, shardImages: 16)
    }
  }

  @Test("owners of shards: consecutive, also where they do not divide evenly")
  func owners() {
    let division = ShardDivision(shards: 4)
    #expect((0..<1).map { division.owned(by: $0, of: 1) } == [0..<4])
    #expect((0..<2).map { division.owned(by: $0, of: 2) } == [0..<2, 2..<4])
    #expect((0..<3).map { division.owned(by: $0, of: 3) } == [0..<1, 1..<2, 2..<4])
    #expect((0..<4).map { division.owned(by: $0, of: 4) } == [0..<1, 1..<2, 2..<3, 3..<4])
  }

  @Test("mini-batches and steps of an epoch, the last ones smaller")
  func epochs() {
    let plain = EpochDivision(images: 10, batchSize: 4, accumulatedBatches: 1)
    #expect(plain.batches == 3)
    #expect(plain.steps == 3)
    #expect((0..<3).map(plain.images(ofStep:)) == [4, 4, 2])
    #expect(plain.batchImageCounts == [4, 2])

    let accumulated = EpochDivision(images: 10, batchSize: 2, accumulatedBatches: 3)
    #expect(accumulated.batches == 5)
    #expect(accumulated.steps == 2)
    #expect((0..<2).map(accumulated.batches(ofStep:)) == [0..<3, 3..<5])
    #expect((0..<2).map(accumulated.images(ofStep:)) == [6, 4])
    #expect(accumulated.batchImageCounts == [2])

    let larger = EpochDivision(images: 3, batchSize: 100, accumulatedBatches: 1)
    #expect(larger.batches == 1)
    #expect(larger.images(inBatch: 0) == 3)
  }
}

@Suite("Whose the shards are in a job of several ranks")
struct RankLayoutTests {
  private func shards(_ workersOfRanks: [Int], _ shards: Int) -> [Range<Int>] {
    let layout = RankLayout(rank: 0, workersOfRanks: workersOfRanks)
    return workersOfRanks.indices.map { layout.shards(ofRank: $0, ShardDivision(shards: shards)) }
  }

  @Test("ranks have consecutive shards, as many as their workers have together")
  func ranks() {
    #expect(shards([4], 4) == [0..<4])
    #expect(shards([2, 2], 4) == [0..<2, 2..<4])
    #expect(shards([1, 1, 1], 4) == [0..<1, 1..<2, 2..<4])
    #expect(shards([3, 1], 4) == [0..<3, 3..<4])
    #expect(shards([2, 2], 5) == [0..<2, 2..<5])
    #expect(shards([1, 3, 2], 13) == [0..<2, 2..<8, 8..<13])
  }

  @Test("workers of all ranks have what as many workers of one rank would have")
  func workers() {
    let division = ShardDivision(shards: 13)
    let workersOfRanks = [1, 3, 2]
    let all = workersOfRanks.indices.flatMap { rank in
      let layout = RankLayout(rank: rank, workersOfRanks: workersOfRanks)
      return (0..<workersOfRanks[rank]).map { layout.shards(ofWorker: $0, division) }
    }
    #expect(all == (0..<6).map { division.owned(by: $0, of: 6) })
    #expect(all.allSatisfy { !$0.isEmpty })
    let solo = RankLayout.solo(workers: 6)
    #expect(all == (0..<6).map { solo.shards(ofWorker: $0, division) })
  }

  @Test("the images of a mini-batch that a rank needs")
  func rows() {
    func rows(_ rank: Int, images: Int) -> Range<Int> {
      RankLayout(rank: rank, workersOfRanks: [1, 2])
        .rows(imagesInBatch: images, ShardDivision(shards: 4))
    }
    // Shards of 3, 3, 2 and 2 images; rank 0 has the first one.
    #expect(rows(0, images: 10) == 0..<3)
    #expect(rows(1, images: 10) == 3..<10)
    #expect(rows(0, images: 1) == 0..<1)
    #expect(rows(1, images: 1).isEmpty)
  }
}
