import Foundation
import Synchronization
import TandemTensor

/// The slots that a loader's threads fill and the workers read: batch `i` of an epoch goes to slot
/// `i % slots.count`.
///
/// Ownership of a slot's memory passes around: free → the loader thread that claims it → (batch
/// ready) all workers, to read → (released) free. Each hand-over is ordered by the lock of
/// `condition` or by the slot's atomic `ready`.
final class BatchRing: @unchecked Sendable {
  // Sendable: what is not constant is guarded by `condition`, or by the hand-over above.

  private let dataset: any Dataset
  private let sampler: Sampler
  private let batchSize: Int
  private let normalization: Normalization
  private let rows: @Sendable (_ imagesInBatch: Int) -> Range<Int>
  private let slots: [Slot]
  private let memory: MemoryArena

  /// Guards all variables below, and those of the slots that say so. Signalled whenever one of them
  /// changes in a way that somebody may wait for.
  private let condition = NSCondition()
  private var order: [Int32] = []
  private var epoch = 0
  /// The batches from here up to `end` are yet to be claimed by a loader thread.
  private var next = 0
  private var end = 0
  /// The number of batches that are being filled.
  private var fillingCount = 0
  private var freeCount: Int
  /// The number of workers that sleep until a batch is ready.
  private var sleepingWorkers = 0
  private var failure: (batch: Int, error: any Error)?
  private var isShutDown = false
  private var waitedSeconds = 0.0

  private final class Slot: @unchecked Sendable {
    // Sendable: see the ring. `isFree` and `longestWait` are guarded by its condition.
    let images: UnsafeMutablePointer<Float>
    let labels: UnsafeMutablePointer<Int32>
    let secondLabels: LabelMemory?
    /// The batch that this slot holds and that may be read; `none` while it is free or filled.
    let ready = Atomic<Int>(Slot.none)
    var isFree = true
    var longestWait = 0.0

    static let none = -1

    init(
      images: UnsafeMutablePointer<Float>, labels: UnsafeMutablePointer<Int32>,
      secondLabels: LabelMemory?
    ) {
      self.images = images
      self.labels = labels
      self.secondLabels = secondLabels
    }
  }

  private struct Job {
    let batch: Int
    let slot: Slot
    let order: [Int32]
    let epoch: Int
  }

  init(
    dataset: any Dataset, sampler: Sampler, batchSize: Int, normalization: Normalization,
    slotCount: Int, rows: @escaping @Sendable (_ imagesInBatch: Int) -> Range<Int>
  ) throws {
    self.dataset = dataset
    self.sampler = sampler
    self.batchSize = batchSize
    self.normalization = normalization
    self.rows = rows
    // No batch has more images than the data set, however large the user wants batches to be. Only
    // an epoch's last batch may differ from the others.
    let counts = [min(batchSize, dataset.count), dataset.count % batchSize].filter { $0 > 0 }
    let mostImages = counts.map { rows($0).count }.max() ?? 0
    // Each part starts at a cache line of its own. Labels take as many bytes as floats.
    let imageFloats = (mostImages * dataset.imageShape.elementCount + 15) / 16 * 16
    let labelFloats = ((counts.max() ?? 0) + 15) / 16 * 16
    let slotFloats = imageFloats + (dataset.mixesLabels ? 3 : 1) * labelFloats
    memory = try MemoryArena(
      byteCount: slotCount * slotFloats * MemoryLayout<Float>.size,
      purpose: "mini-batches of the loader")
    let base = memory.base
    slots = (0..<slotCount).map { slot in
      let images = base + slot * slotFloats * MemoryLayout<Float>.size
      let labels = images + imageFloats * MemoryLayout<Float>.size
      let labelBytes = labelFloats * MemoryLayout<Float>.size
      return Slot(
        images: images.bindMemory(to: Float.self, capacity: imageFloats),
        labels: labels.bindMemory(to: Int32.self, capacity: labelFloats),
        secondLabels: dataset.mixesLabels
          ? LabelMemory(labels + labelBytes, byteCount: labelBytes) : nil)
    }
    freeCount = slotCount
  }

  var byteCount: Int { memory.byteCount }

  var batchCount: Int { (sampler.count + batchSize - 1) / batchSize }

  private func imageCount(ofBatch index: Int) -> Int {
    min(batchSize, sampler.count - index * batchSize)
  }

  var secondsWaited: Double { condition.withLock { waitedSeconds } }

  func begin(epoch: Int, firstBatch: Int, batchLimit: Int?) {
    precondition((0...batchCount).contains(firstBatch) && batchLimit ?? 0 >= 0)
    let order = sampler.order(epoch: epoch)
    condition.withLock {
      end = next
      while fillingCount > 0 { condition.wait() }
      for slot in slots {
        slot.ready.store(Slot.none, ordering: .relaxed)
        slot.isFree = true
        slot.longestWait = 0
      }
      freeCount = slots.count
      failure = nil
      self.order = order
      self.epoch = epoch
      next = firstBatch
      end = firstBatch + min(batchCount - firstBatch, batchLimit ?? .max)
      condition.broadcast()
    }
  }

  func shutDown() {
    condition.withLock {
      isShutDown = true
      condition.broadcast()
    }
  }
}

// MARK: - For the workers

extension BatchRing {
  /// How often a worker gives up its processor before it goes to sleep. Yielding rather than
  /// spinning: with all cores busy, the loader's thread may be the one that needs this core.
  private static let yieldsBeforeSleep = 50

  func batch(_ index: Int) throws -> Batch {
    let slot = slots[index % slots.count]
    if slot.ready.load(ordering: .acquiring) != index {
      try wait(for: index, in: slot)
    }
    let count = imageCount(ofBatch: index)
    return Batch(
      index: index, firstPosition: index * batchSize, count: count, rows: rows(count),
      images: UnsafePointer(slot.images),
      labels: BatchLabels(own: slot.labels, second: slot.secondLabels?.labels))
  }

  func release(_ index: Int) {
    let slot = slots[index % slots.count]
    condition.withLock {
      precondition(
        slot.ready.load(ordering: .relaxed) == index, "batch \(index) is not there to be released")
      slot.ready.store(Slot.none, ordering: .relaxed)
      slot.isFree = true
      slot.longestWait = 0
      freeCount += 1
      // Waking a loader thread takes a core from the workers for a while: better seldom, for
      // several batches at a time, unless a worker has nothing else to do.
      if freeCount * 2 >= slots.count || sleepingWorkers > 0 { condition.broadcast() }
    }
  }

  private func wait(for index: Int, in slot: Slot) throws {
    let start = DispatchTime.now().uptimeNanoseconds
    for _ in 0..<Self.yieldsBeforeSleep {
      sched_yield()
      if slot.ready.load(ordering: .acquiring) == index { break }
    }
    try condition.withLock {
      sleepingWorkers += 1
      defer { sleepingWorkers -= 1 }
      // `release` may have let the loader threads sleep although there is a free slot.
      condition.broadcast()
      while slot.ready.load(ordering: .acquiring) != index {
        if isShutDown { throw LoaderError.shutDown }
        if let failure, failure.batch <= index { throw failure.error }
        precondition(index < end, "batch \(index) was not asked for by begin(epoch:)")
        condition.wait()
      }
      let waited = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
      waitedSeconds += max(0, waited - slot.longestWait)
      slot.longestWait = max(waited, slot.longestWait)
    }
  }
}

// MARK: - For the loader's threads

extension BatchRing {
  /// Claims and fills one batch after another, until the loader is shut down.
  func prepareBatches() {
    while let job = claim() {
      do {
        try fill(job)
        finish(job, error: nil)
      } catch {
        finish(job, error: error)
      }
    }
  }

  /// Waits for a batch to be prepared and a slot to put it; nil when the loader is shut down.
  private func claim() -> Job? {
    condition.withLock {
      while !isShutDown {
        if next < end {
          let slot = slots[next % slots.count]
          if slot.isFree {
            slot.isFree = false
            freeCount -= 1
            fillingCount += 1
            next += 1
            return Job(batch: next - 1, slot: slot, order: order, epoch: epoch)
          }
        }
        condition.wait()
      }
      return nil
    }
  }

  private func fill(_ job: Job) throws {
    let imageElements = dataset.imageShape.elementCount
    let count = imageCount(ofBatch: job.batch)
    let rows = rows(count)
    precondition(rows.lowerBound >= 0 && rows.upperBound <= count, "rows \(rows) of \(count)")
    let order = job.order[job.batch * batchSize..<job.batch * batchSize + count]
    for (row, index) in order.enumerated() {
      job.slot.labels[row] = dataset.label(Int(index))
      job.slot.secondLabels?.write(dataset.secondLabel(Int(index), epoch: job.epoch), at: row)
      guard rows.contains(row) else { continue }
      let place = row - rows.lowerBound
      try dataset.readImage(
        Int(index), epoch: job.epoch, normalization: normalization,
        into: job.slot.images + place * imageElements)
    }
  }

  private func finish(_ job: Job, error: (any Error)?) {
    condition.withLock {
      if let error {
        // The earliest failure counts: batches before it are still good.
        if job.batch < failure?.batch ?? .max { failure = (job.batch, error) }
        end = min(end, next)
      } else {
        job.slot.ready.store(job.batch, ordering: .releasing)
      }
      fillingCount -= 1
      condition.broadcast()
    }
  }
}
