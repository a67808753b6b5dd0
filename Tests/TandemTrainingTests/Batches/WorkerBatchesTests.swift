import Synchronization
import TandemCollectives
import TandemData
import TandemTensor
import TandemTraining
import Testing

@Suite struct WorkerBatchesTests {
  private let dataset = ShapesGenerator(seed: 3).dataset(0..<23)
  private let normalization = Normalization(mean: [0.25], standardDeviation: [0.5])
  private let sampler = Sampler(count: 23, seed: 7)

  /// Each worker's rows are those of its shards, and what is in them is what a loader prepares, in
  /// full batches and in an epoch's last one, which not all workers have images of.
  @Test(arguments: [(1, 1, 10), (2, 2, 10), (2, 5, 10), (3, 4, 7), (4, 4, 20), (2, 2, 100)])
  func workersGetTheirImagesOfTheLoadersBatches(workers: Int, shards: Int, batchSize: Int) throws {
    let layout = RankLayout.solo(workers: workers)
    let division = ShardDivision(shards: shards)
    let batches = WorkerBatches(
      dataset: dataset, sampler: sampler, batchSize: batchSize, normalization: normalization,
      layout: layout, division: division)
    let loader = try Loader(
      dataset: dataset, sampler: sampler, batchSize: batchSize, normalization: normalization,
      capacity: .init(slots: 30))
    let count = loader.batchCount
    loader.begin(epoch: 2)
    batches.begin(epoch: 2, firstBatch: 0, batchLimit: count)
    let size = dataset.imageShape.elementCount
    try Team(workers: workers).run { worker in
      for index in 0..<count {
        let expected = try loader.batch(index)
        let found = try batches.batch(index, for: worker)
        #expect(found.index == index && found.count == expected.count)
        #expect(found.firstPosition == expected.firstPosition)
        let own = division.owned(by: worker.index, of: workers)
        let rows = own.flatMap { division.range(ofShard: $0, images: found.count) }
        #expect(Array(found.rows) == rows)
        for (place, row) in rows.enumerated() {
          #expect(found.labels[row] == expected.labels[row])
          let differs = (0..<size).contains {
            found.images[place * size + $0] != expected.images[row * size + $0]
          }
          #expect(!differs)
        }
        batches.release(index)
      }
    }
    loader.shutDown()
    batches.shutDown()
  }

  /// Otherwise one could be taken for the other.
  @Test func epochsDiffer() throws {
    let batches = WorkerBatches(
      dataset: dataset, sampler: sampler, batchSize: 23, normalization: normalization,
      layout: .solo(workers: 1), division: ShardDivision(shards: 1))
    let team = try Team(workers: 1)
    func labels(epoch: Int) throws -> [Int32] {
      batches.begin(epoch: epoch, firstBatch: 0, batchLimit: 1)
      let labels = Mutex<[Int32]>([])
      try team.run { worker in
        let batch = try batches.batch(0, for: worker)
        labels.withLock { $0 = (0..<batch.count).map { batch.labels[$0] } }
      }
      return labels.withLock(\.self)
    }
    let first = try labels(epoch: 0)
    #expect(try labels(epoch: 1) != first)
    #expect(try labels(epoch: 0) == first)
  }
}
