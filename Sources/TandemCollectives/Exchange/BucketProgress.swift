import Synchronization

/// How far the workers have come with the gradients of a step, bucket by bucket, so that a bucket
/// is exchanged as soon as all have finished it.
///
/// Safe to share: atomics, and a counter for each worker that no other touches. The counts never go
/// back (after exchange t, W workers have reported each bucket t · W times), so that nothing has to
/// be reset in between.
package final class BucketProgress: @unchecked Sendable {
  package let buckets: [Range<Int>]
  private let workers: Int
  /// The reports of each bucket by workers.
  private let reports: UnsafeMutablePointer<Atomic<Int>>
  /// The number of buckets that each worker has reported, in all exchanges together.
  private let reported: UnsafeMutablePointer<Int>
  /// Two cache lines apart, as processors fetch them in pairs.
  private static let stride = 128 / MemoryLayout<Int>.stride

  package init(buckets: [Range<Int>], workers: Int) {
    self.buckets = buckets
    self.workers = workers
    reports = .allocate(capacity: max(1, buckets.count))
    for index in buckets.indices { (reports + index).initialize(to: Atomic(0)) }
    reported = .allocate(capacity: workers * Self.stride)
    reported.initialize(repeating: 0, count: workers * Self.stride)
  }

  deinit {
    reports.deinitialize(count: buckets.count).deallocate()
    reported.deallocate()
  }

  /// Says that the worker's gradients of the first `elements` elements of the arena are final, and
  /// that it reads the parameters of that range no more until the exchange is over.
  ///
  /// - Parameter exchange: the number of exchanges before this one, counted by the caller.
  package func report(_ worker: Worker, exchange: Int, elements: Int) {
    var bucket = reported[worker.index * Self.stride] - exchange * buckets.count
    var isNews = false
    while bucket < buckets.count, buckets[bucket].upperBound <= elements {
      let count = reports[bucket].add(1, ordering: .acquiringAndReleasing).newValue
      // Only the last worker's report changes what others wait for.
      if count == (exchange + 1) * workers { isNews = true }
      bucket += 1
    }
    reported[worker.index * Self.stride] = exchange * buckets.count + bucket
    if isNews { worker.wakeOthers() }
  }

  /// Whether all workers have finished bucket `bucket` of exchange `exchange`. Then all that they
  /// wrote before their reports can be read.
  package func isFinished(exchange: Int, bucket: Int) -> Bool {
    reports[bucket].load(ordering: .acquiring) >= (exchange + 1) * workers
  }

  /// Waits until all workers have finished bucket `bucket` of exchange `exchange`.
  /// - Throws: `TeamError.abandoned` if another worker has failed.
  package func waitForAll(_ worker: Worker, exchange: Int, bucket: Int) throws {
    try worker.wait { isFinished(exchange: exchange, bucket: bucket) }
  }
}
