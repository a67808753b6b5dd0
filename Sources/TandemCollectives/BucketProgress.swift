import Synchronization

/// How far each worker has come with the gradients of a mini-batch, bucket by bucket, so that a
/// bucket is exchanged as soon as all have finished it.
///
/// Safe to share: each counter is an atomic that only its worker raises. The counters never go back
/// (exchange t with B buckets counts from t · B), so that nothing has to be reset in between.
public final class BucketProgress: @unchecked Sendable {
  public let buckets: [Range<Int>]
  private let counters: UnsafeMutablePointer<Atomic<Int>>
  private let workers: Int
  /// Two cache lines apart, as processors fetch them in pairs.
  private static let stride = 128 / MemoryLayout<Atomic<Int>>.stride

  public init(buckets: [Range<Int>], workers: Int) {
    self.buckets = buckets
    self.workers = workers
    counters = .allocate(capacity: workers * Self.stride)
    for index in 0..<(workers * Self.stride) {
      (counters + index).initialize(to: Atomic(0))
    }
  }

  deinit {
    counters.deinitialize(count: workers * Self.stride)
    counters.deallocate()
  }

  /// Says that the worker's gradients of the first `elements` elements of the arena are final, and
  /// that it reads the parameters of that range no more until the exchange is over.
  ///
  /// - Parameter exchange: the number of exchanges before this one, counted by the caller.
  public func report(_ worker: Worker, exchange: Int, elements: Int) {
    var finished = counter(worker.index).pointee.load(ordering: .relaxed) - exchange * buckets.count
    let before = finished
    while finished < buckets.count, buckets[finished].upperBound <= elements { finished += 1 }
    guard finished > before else { return }
    counter(worker.index).pointee.store(exchange * buckets.count + finished, ordering: .releasing)
    worker.wakeOthers()
  }

  /// Waits until all workers have finished bucket `bucket` of exchange `exchange`. Afterwards all that
  /// they wrote before their reports can be read.
  /// - Throws: `TeamError.abandoned` if another worker has failed.
  public func waitForAll(_ worker: Worker, exchange: Int, bucket: Int) throws {
    let needed = exchange * buckets.count + bucket + 1
    for index in 0..<workers {
      try worker.wait { counter(index).pointee.load(ordering: .acquiring) >= needed }
    }
  }

  /// Whether all workers have finished a bucket; for a thread that is none of them.
  public func haveAllFinished(exchange: Int, bucket: Int) -> Bool {
    let needed = exchange * buckets.count + bucket + 1
    return (0..<workers).allSatisfy { counter($0).pointee.load(ordering: .acquiring) >= needed }
  }

  private func counter(_ worker: Int) -> UnsafeMutablePointer<Atomic<Int>> {
    counters + worker * Self.stride
  }
}
