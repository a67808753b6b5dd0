import TandemCollectives
import TandemData

/// Where the workers get the mini-batches of an epoch from.
package protocol BatchSource: Sendable {
  /// Starts the batches of an epoch, from `firstBatch` on; called while no worker is in a region.
  func begin(epoch: Int, firstBatch: Int, batchLimit: Int)

  /// The batch `index` with the worker's own images among its rows, as long as it is not released.
  /// - Throws: what the data set throws.
  func batch(_ index: Int, for worker: Worker) throws -> Batch

  /// Called once for each batch, when no worker needs it any more.
  func release(_ index: Int)

  /// Who prepares the images, and in how much memory.
  var preparation: ImagePreparation { get }

  /// Called when no more batches are needed.
  func shutDown()
}

extension Loader: BatchSource {
  package func begin(epoch: Int, firstBatch: Int, batchLimit: Int) {
    begin(epoch: epoch, firstBatch: firstBatch, batchLimit: Optional(batchLimit))
  }

  package func batch(_ index: Int, for worker: Worker) throws -> Batch { try batch(index) }

  package var preparation: ImagePreparation {
    ImagePreparation(threads: threadCount, bytes: byteCount)
  }
}
