import Synchronization
import TandemCollectives
import Testing

@Suite("Buckets")
struct BucketTests {
  @Test("parameters are gathered until a bucket is full; the first bucket is small")
  func literal() {
    // Bytes: 64, 640, 400, 4000, 40, 40.
    let counts = [16, 160, 100, 1000, 10, 10]
    #expect(
      Buckets.form(parameterElementCounts: counts, bucketBytes: 1000, firstBucketBytes: 100)
        == [0..<176, 176..<1276, 1276..<1296])
    #expect(
      Buckets.form(parameterElementCounts: counts, bucketBytes: 400, firstBucketBytes: 64)
        == [0..<16, 16..<176, 176..<276, 276..<1276, 1276..<1296])
    #expect(
      Buckets.form(parameterElementCounts: counts, bucketBytes: 1 << 20, firstBucketBytes: 1 << 20)
        == [0..<1296])
  }

  @Test("parameters that are to be alone are")
  func alone() {
    func form(_ alone: Set<Int>, bucketBytes: Int) -> [Range<Int>] {
      Buckets.form(
        parameterElementCounts: [16, 160, 100, 1000, 10], bucketBytes: bucketBytes,
        firstBucketBytes: 400, alone: alone)
    }
    #expect(
      form([1, 3], bucketBytes: 1 << 20) == [0..<16, 16..<176, 176..<276, 276..<1276, 1276..<1286])
    #expect(form([0, 1], bucketBytes: 1 << 20) == [0..<16, 16..<176, 176..<1286])
    #expect(form([4], bucketBytes: 1000) == [0..<176, 176..<1276, 1276..<1286])
  }

  @Test("a bucket that is exactly full is closed; without parameters there is none")
  func edges() {
    #expect(
      Buckets.form(parameterElementCounts: [4, 4], bucketBytes: 16, firstBucketBytes: 16)
        == [0..<4, 4..<8])
    #expect(
      Buckets.form(parameterElementCounts: [0, 4, 0], bucketBytes: 0, firstBucketBytes: 0)
        == [0..<4])
    #expect(Buckets.form(parameterElementCounts: [], bucketBytes: 16, firstBucketBytes: 16) == [])
  }

  @Test("slices cover the range once, in order, cut at multiples of 16 elements")
  func slices() {
    #expect(
      (0..<3).map { Buckets.slice(of: 32..<100, owner: $0, owners: 3) }
        == [32..<48, 48..<80, 80..<100])
    #expect((0..<2).map { Buckets.slice(of: 0..<5, owner: $0, owners: 2) } == [0..<0, 0..<5])
    for owners in 1...7 {
      let slices = (0..<owners).map { Buckets.slice(of: 48..<1007, owner: $0, owners: owners) }
      #expect(slices.flatMap(Array.init) == Array(48..<1007))
      #expect(slices.dropFirst().allSatisfy { $0.lowerBound % 16 == 0 })
    }
  }

  @Test("a bucket is waited for until the slowest worker has finished it, step after step")
  func progress() throws {
    let buckets = [0..<10, 10..<40, 40..<50]
    let workers = 4
    let steps = 50
    let team = try Team(workers: workers)
    let progress = BucketProgress(buckets: buckets, workers: workers)
    let finished = Atomic<Int>(0)
    try team.run { worker in
      for step in 0..<steps {
        for elements in [5, 10, 39, 50] {
          if elements == 10 || elements == 50 {
            finished.add(elements == 10 ? 1 : 2, ordering: .acquiringAndReleasing)
          }
          progress.report(worker, exchange: step, elements: elements)
        }
        for bucket in buckets.indices {
          try progress.waitForAll(worker, exchange: step, bucket: bucket)
          // All workers have finished at least this much of this and all former steps.
          let least = workers * (3 * step + (bucket == 0 ? 1 : 3))
          let seen = finished.load(ordering: .acquiring)
          #expect(seen >= least)
        }
        try worker.barrier()
      }
    }
  }
}
