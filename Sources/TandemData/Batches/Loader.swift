import CKernels
import Dispatch
import TandemProcess
import TandemTensor

/// Prepares mini-batches ahead of the computation: threads of its own fill a ring of slots, in the
/// order of the epoch, while the workers compute with batches that are ready.
///
/// One thread calls `begin`; then, for each batch in order, any number of workers call `batch`, and
/// when none of them needs the batch any more, one calls `release`, which frees its slot. Workers
/// may hold fewer batches at a time than there are slots.
///
/// The loader's threads may run on the same cores as the thread that makes the loader, so that
/// should not be a worker that is pinned to one.
package final class Loader: Sendable {
  /// What a loader may take of a machine.
  package struct Capacity: Hashable, Sendable {
    /// How many threads prepare batches, each a whole one.
    package var threads: Int
    /// How many batches there is memory for.
    package var slots: Int

    package init(threads: Int = 1, slots: Int = 4) {
      self.threads = threads
      self.slots = slots
    }
  }

  private let ring: BatchRing
  private let threads: DispatchGroup
  /// How many threads prepare batches.
  package let threadCount: Int

  /// - Parameters:
  ///   - sampler: gives the order; its count must be the data set's.
  ///   - batchSize: the number of images of all batches but, perhaps, an epoch's last; of all ranks
  ///     together.
  ///   - capacity: how many threads there are, and how many batches ahead.
  ///   - rows: which images of a batch are wanted, given how many it has: no others are read. A
  ///     pure function; without it all are.
  /// - Throws: `MemoryError` if there is no memory for the slots, `ThreadShortage`.
  package init(
    dataset: any Dataset, sampler: Sampler, batchSize: Int, normalization: Normalization,
    capacity: Capacity = Capacity(),
    rows: @escaping @Sendable (_ imagesInBatch: Int) -> Range<Int> = { 0..<$0 }
  ) throws {
    precondition(batchSize > 0 && capacity.threads > 0 && capacity.slots > 0)
    precondition(sampler.count == dataset.count)
    ring = try BatchRing(
      dataset: dataset, sampler: sampler, batchSize: batchSize, normalization: normalization,
      slotCount: capacity.slots, rows: rows)
    threads = DispatchGroup()
    threadCount = capacity.threads
    let cpus = Self.cpusOfThisThread()
    do {
      try DispatchThreads.start(capacity.threads, label: "tandem.loader", in: threads) { [ring] _ in
        // Dispatch keeps old threads for new work, and a new one inherits the restrictions of the
        // thread that happened to create it: either may be pinned to the core of one worker, which
        // the loader would then take from it. A refusal costs speed only.
        if !cpus.isEmpty { tandem_restrict_thread(cpus, cpus.count) }
        ring.prepareBatches()
      }
    } catch {
      ring.shutDown()
      throw error
    }
  }

  /// The logical cpus on which the calling thread may run; empty where the system does not tell.
  private static func cpusOfThisThread() -> [Int32] {
    let count = tandem_allowed_cpus(0, nil, 0)
    guard count > 0 else { return [] }
    return Array(unsafeUninitializedCapacity: count) { memory, initializedCount in
      initializedCount = min(count, tandem_allowed_cpus(0, memory.baseAddress, count))
    }
  }

  deinit {
    shutDown()
  }

  /// Bytes of memory for batches.
  package var byteCount: Int { ring.byteCount }

  /// The number of batches of an epoch.
  package var batchCount: Int { ring.batchCount }

  /// Starts preparing the batches of an epoch. Batches of an earlier `begin` become invalid: no
  /// worker may be using one, or be waiting for one.
  ///
  /// - Parameters:
  ///   - firstBatch: where to start, for a run that resumes in the middle of an epoch.
  ///   - batchLimit: the number of batches to prepare; nil goes on to the epoch's end.
  package func begin(epoch: Int, firstBatch: Int = 0, batchLimit: Int? = nil) {
    ring.begin(epoch: epoch, firstBatch: firstBatch, batchLimit: batchLimit)
  }

  /// The batch `index` of the epoch that was begun; waits until it is ready. Every caller gets the
  /// same memory.
  ///
  /// - Throws: what the data set threw while the batch was prepared, or one before it without which
  ///   this one was not prepared; `LoaderError.shutDown` if the loader is shut down.
  package func batch(_ index: Int) throws -> Batch {
    try ring.batch(index)
  }

  /// Gives the memory of batch `index` back: once, when no worker needs it any more.
  package func release(_ index: Int) {
    ring.release(index)
  }

  /// How long workers have waited for batches since the loader was made, in seconds. While several
  /// wait for the same batch, the time counts once.
  package var secondsWaited: Double { ring.secondsWaited }

  /// Ends the loader's threads; workers that wait get an error. Batches stay valid as long as the
  /// loader lives.
  package func shutDown() {
    ring.shutDown()
    threads.wait()
  }
}
