import TandemCollectives
import TandemData
import TandemTensor

/// Lets each worker prepare its own images of a mini-batch, right before it computes with them.
///
/// A loader's thread is better as long as it has a core to itself. Where all cores have workers, it
/// takes one of them away for a while, and all other workers wait for that one at the end of the
/// step. The images are also in the right core's cache this way, and there is memory for one batch
/// instead of three.
///
/// Safe to share: `order` and `epoch` are written while no worker is in a region, `states` belongs
/// to the workers, the rest is constant.
package final class WorkerBatches: BatchSource, @unchecked Sendable {
  private let dataset: any Dataset
  private let sampler: Sampler
  private let batchSize: Int
  private let normalization: Normalization
  private let layout: RankLayout
  private let division: ShardDivision
  private let states: PerWorker<State>
  private var order: [Int32] = []
  private var epoch = 0

  /// Memory of one worker for its images and the labels of all; stays on its thread.
  private struct State {
    let images: MemoryArena
    let labels: MemoryArena
    /// What their images were mixed with, behind the labels.
    let secondLabels: LabelMemory
  }

  /// - Parameter batchSize: the number of images of all batches but, perhaps, an epoch's last; of
  ///   all ranks together.
  package init(
    dataset: any Dataset, sampler: Sampler, batchSize: Int, normalization: Normalization,
    layout: RankLayout, division: ShardDivision
  ) {
    precondition(sampler.count == dataset.count)
    self.dataset = dataset
    self.sampler = sampler
    self.batchSize = batchSize
    self.normalization = normalization
    self.layout = layout
    self.division = division
    states = PerWorker(workers: layout.workersOfRanks[layout.rank])
  }

  package func begin(epoch: Int, firstBatch: Int, batchLimit: Int) {
    order = sampler.order(epoch: epoch)
    self.epoch = epoch
  }

  package func batch(_ index: Int, for worker: Worker) throws -> Batch {
    let state = try state(of: worker)
    let first = index * batchSize
    let count = min(batchSize, dataset.count - first)
    let rows = layout.rows(ofWorker: worker.index, imagesInBatch: count, division)
    let images = state.images.floats()
    let labels = state.labels.base.assumingMemoryBound(to: Int32.self)
    let imageElements = dataset.imageShape.elementCount
    for (place, row) in rows.enumerated() {
      try dataset.readImage(
        Int(order[first + row]), epoch: epoch, normalization: normalization,
        into: images + place * imageElements)
    }
    let second = dataset.mixesLabels ? state.secondLabels : nil
    for row in 0..<count {
      let index = Int(order[first + row])
      labels[row] = dataset.label(index)
      second?.write(dataset.secondLabel(index, epoch: epoch), at: row)
    }
    return Batch(
      index: index, firstPosition: first, count: count, rows: rows, images: images,
      labels: BatchLabels(own: labels, second: second?.labels))
  }

  package func release(_ index: Int) {}

  package var preparation: ImagePreparation {
    let counts = [min(batchSize, dataset.count), dataset.count % batchSize]
    let rows = counts.map { layout.rows(imagesInBatch: $0, division).count }.max() ?? 0
    return ImagePreparation(
      threads: 0, bytes: rows * dataset.imageShape.elementCount * MemoryLayout<Float>.size)
  }

  package func shutDown() {}

  private func state(of worker: Worker) throws -> State {
    if let state = states[worker] { return state }
    let counts = [min(batchSize, dataset.count), dataset.count % batchSize]
    let most =
      counts.map { layout.rows(ofWorker: worker.index, imagesInBatch: $0, division).count }
      .max() ?? 0
    let floats = most * dataset.imageShape.elementCount
    let labelBytes = counts[0] * MemoryLayout<Int32>.size
    let labels = try MemoryArena(byteCount: 3 * labelBytes, purpose: "labels of a mini-batch")
    let state = State(
      images: try MemoryArena(
        byteCount: floats * MemoryLayout<Float>.size, purpose: "images of a worker"),
      labels: labels,
      secondLabels: LabelMemory(labels.base + labelBytes, byteCount: labelBytes))
    states[worker] = state
    return state
  }
}
