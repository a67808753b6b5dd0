import Dispatch
import Foundation
import Synchronization
import TandemData
import TandemTensor
import TestSupport
import Testing

@Suite struct LoaderTests {
  /// Image i is `[1, 1, 2]` with the values i and −i, its label i % 7. Fails at image `failing`.
  struct Numbers: Dataset {
    struct Failure: Error, Equatable { let image: Int }

    let name = "numbers"
    var count: Int
    let imageShape: Shape = [1, 1, 2]
    let classNames = (0..<7).map(String.init)
    var failing: Int?
    var secondsPerImage = 0.0

    func copyImage(
      _ index: Int, normalization: Normalization, into destination: UnsafeMutablePointer<Float>
    ) throws {
      if index == failing { throw Failure(image: index) }
      if secondsPerImage > 0 { Thread.sleep(forTimeInterval: secondsPerImage) }
      destination[0] = Float(index)
      destination[1] = -Float(index)
    }
    func label(_ index: Int) -> Int32 { Int32(index % 7) }
    func prefix(_ maximumCount: Int) -> Numbers {
      var part = self
      part.count = min(count, maximumCount)
      return part
    }
  }

  private func loader(
    _ dataset: Numbers, batchSize: Int, seed: UInt64 = 1, threads: Int = 1, slots: Int = 4
  ) throws -> Loader {
    try Loader(
      dataset: dataset, sampler: Sampler(count: dataset.count, seed: seed), batchSize: batchSize,
      normalization: .unitScale(channels: 1), capacity: .init(threads: threads, slots: slots))
  }

  /// Runs `body` on `count` threads at once, even where there are fewer cores.
  private func runAtOnce(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let group = DispatchGroup()
    for index in 0..<count {
      DispatchQueue(label: "worker \(index)").async(group: group) { body(index) }
    }
    group.wait()
  }

  /// The images' numbers, once everything else about the batch was compared.
  private func contents(of batch: Batch) -> [Int32] {
    (0..<batch.count).map { row in
      let value = batch.images[2 * row]
      #expect(batch.images[2 * row + 1] == -value)
      #expect(batch.labels[row] == Int32(value) % 7)
      return Int32(value)
    }
  }

  static let layouts = [(1, 1), (1, 2), (1, 4), (3, 4), (4, 3), (2, 16)]

  /// Every image once, in the sampler's order, the smaller last batch included.
  @Test(arguments: layouts) func deliversTheEpochInOrder(threads: Int, slots: Int) throws {
    let loader = try loader(Numbers(count: 103), batchSize: 10, threads: threads, slots: slots)
    #expect(loader.batchCount == 11)
    for epoch in 0..<3 {
      loader.begin(epoch: epoch)
      var seen: [Int32] = []
      for index in 0..<11 {
        let batch = try loader.batch(index)
        #expect(batch.index == index && batch.firstPosition == 10 * index)
        #expect(batch.count == (index < 10 ? 10 : 3))
        seen += contents(of: batch)
        loader.release(index)
      }
      #expect(seen == Sampler(count: 103, seed: 1).order(epoch: epoch))
    }
  }

  @Test func startsAndStopsInTheMiddleOfAnEpoch() throws {
    let loader = try loader(Numbers(count: 100), batchSize: 10)
    let order = Sampler(count: 100, seed: 1).order(epoch: 2)
    loader.begin(epoch: 2, firstBatch: 7, batchLimit: 2)
    for index in 7..<9 {
      #expect(contents(of: try loader.batch(index)) == Array(order[10 * index..<10 * index + 10]))
      loader.release(index)
    }
    // Abandoned with batches prepared and not fetched, and one not released.
    loader.begin(epoch: 0)
    _ = try loader.batch(0)
    loader.begin(epoch: 2, firstBatch: 9, batchLimit: 100)
    #expect(contents(of: try loader.batch(9)) == Array(order[90...]))
  }

  /// Counts how often each of its images is read; image i is `[1, 1, 2]` as in `Numbers`.
  final class CountingNumbers: Dataset {
    let numbers: Numbers
    let reads: Mutex<[Int]>

    init(count: Int) {
      numbers = Numbers(count: count)
      reads = Mutex(Array(repeating: 0, count: count))
    }

    var name: String { numbers.name }
    var count: Int { numbers.count }
    var imageShape: Shape { numbers.imageShape }
    var classNames: [String] { numbers.classNames }
    func copyImage(
      _ index: Int, normalization: Normalization, into destination: UnsafeMutablePointer<Float>
    ) throws {
      reads.withLock { $0[index] += 1 }
      try numbers.copyImage(index, normalization: normalization, into: destination)
    }
    func label(_ index: Int) -> Int32 { numbers.label(index) }
    func prefix(_ maximumCount: Int) -> CountingNumbers {
      CountingNumbers(count: min(count, maximumCount))
    }
  }

  /// Each rank reads what its rows name and nothing else, all ranks together each image once. The
  /// last batch has 3 images: with 5 ranks some have none of it.
  @Test(arguments: [1, 2, 3, 5]) func readsOnlyTheRowsAskedFor(ranks: Int) throws {
    let order = Sampler(count: 103, seed: 1).order(epoch: 0)
    var total = Array(repeating: 0, count: 103)
    for rank in 0..<ranks {
      @Sendable func rows(_ images: Int) -> Range<Int> {
        images * rank / ranks..<images * (rank + 1) / ranks
      }
      let dataset = CountingNumbers(count: 103)
      let loader = try Loader(
        dataset: dataset, sampler: Sampler(count: 103, seed: 1), batchSize: 10,
        normalization: .unitScale(channels: 1), capacity: .init(threads: 2, slots: 3), rows: rows)
      var expected = Array(repeating: 0, count: 103)
      loader.begin(epoch: 0)
      for index in 0..<11 {
        let batch = try loader.batch(index)
        let images = index < 10 ? 10 : 3
        #expect(batch.count == images && batch.firstPosition == 10 * index)
        #expect(batch.rows == rows(images))
        for (place, row) in batch.rows.enumerated() {
          let image = order[10 * index + row]
          expected[Int(image)] += 1
          #expect(batch.images[2 * place] == Float(image) && batch.labels[row] == image % 7)
        }
        loader.release(index)
      }
      let reads = dataset.reads.withLock { $0 }
      #expect(reads == expected)
      total = zip(total, reads).map(+)
    }
    #expect(total.allSatisfy { $0 == 1 })
  }

  /// The rows of a batch with fewer images may be more than those of a full one.
  @Test func hasMemoryForTheLargestRows() throws {
    let loader = try Loader(
      dataset: Numbers(count: 103), sampler: Sampler(count: 103, seed: 1, shuffle: false),
      batchSize: 10, normalization: .unitScale(channels: 1),
      rows: { images in images == 10 ? 9..<10 : 0..<images })
    loader.begin(epoch: 0, firstBatch: 9)
    #expect(try loader.batch(9).images[0] == 99)
    #expect(try (0..<3).map { try loader.batch(10).images[2 * $0] } == [100, 101, 102])
  }

  @Test func holdsSeveralBatchesAtOnce() throws {
    let loader = try loader(Numbers(count: 64), batchSize: 4, slots: 4)
    let order = Sampler(count: 64, seed: 1).order(epoch: 0)
    loader.begin(epoch: 0)
    var held: [Batch] = []
    for index in 0..<16 {
      // Three are held while the fourth is asked for: the loader must not wait for more space.
      if held.count == 3 {
        let oldest = held.removeFirst()
        #expect(contents(of: oldest) == Array(order[4 * oldest.index..<4 * oldest.index + 4]))
        loader.release(oldest.index)
      }
      held.append(try loader.batch(index))
    }
  }

  /// Several workers read each batch; the last one to finish with it releases it.
  @Test(arguments: [(1, 2), (2, 4)]) func servesManyWorkers(threads: Int, slots: Int) throws {
    let workers = 4
    let loader = try loader(Numbers(count: 1003), batchSize: 5, threads: threads, slots: slots)
    let order = Sampler(count: 1003, seed: 1).order(epoch: 0)
    let readers = (0..<loader.batchCount).map { _ in Counter() }
    let mismatches = Atomic<Int>(0)
    loader.begin(epoch: 0)
    runAtOnce(workers) { _ in
      for index in 0..<loader.batchCount {
        guard let batch = try? loader.batch(index) else {
          mismatches.add(1, ordering: .relaxed)
          return
        }
        for row in 0..<batch.count where Int32(batch.images[2 * row]) != order[5 * index + row] {
          mismatches.add(1, ordering: .relaxed)
        }
        if readers[index].increment() == workers { loader.release(index) }
      }
    }
    #expect(mismatches.load(ordering: .relaxed) == 0)
    #expect(readers.allSatisfy { $0.value == workers })
  }

  private final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    func increment() -> Int { count.add(1, ordering: .acquiringAndReleasing).newValue }
    var value: Int { count.load(ordering: .relaxed) }
  }

  /// Batches before the failure arrive; at the failing one every worker gets the error; `begin`
  /// starts afresh.
  @Test(arguments: [1, 3]) func passesErrorsOn(threads: Int) throws {
    let sampler = Sampler(count: 100, seed: 1)
    let failing = Int(sampler.order(epoch: 0)[57])
    let loader = try loader(Numbers(count: 100, failing: failing), batchSize: 10, threads: threads)
    for _ in 0..<2 {
      loader.begin(epoch: 0)
      for index in 0..<5 {
        #expect(try loader.batch(index).count == 10)
        loader.release(index)
      }
      let errors = Atomic<Int>(0)
      runAtOnce(4) { _ in
        do {
          _ = try loader.batch(5)
        } catch let failure as ImageFailure
          where failure.error as? Numbers.Failure == Numbers.Failure(image: failing)
        {
          #expect(failure.index == failing)
          errors.add(1, ordering: .relaxed)
        } catch {}
      }
      #expect(errors.load(ordering: .relaxed) == 4)
    }
  }

  @Test func shutDownReleasesWaitingWorkers() throws {
    let loader = try loader(Numbers(count: 10, secondsPerImage: 0.02), batchSize: 10)
    loader.begin(epoch: 0)
    let outcome = Mutex<String?>(nil)
    let group = DispatchGroup()
    DispatchQueue(label: "waiting").async(group: group) {
      let error = message { _ = try loader.batch(0) }
      outcome.withLock { $0 = error }
    }
    loader.shutDown()
    group.wait()
    let error = outcome.withLock { $0 }
    #expect(error == "the loader was shut down while a worker waited for a mini-batch")
    loader.shutDown()
  }

  @Test func endsWithoutShutDownWhenNobodyNeedsIt() throws {
    for _ in 0..<50 {
      let loader = try loader(Numbers(count: 1000), batchSize: 10, threads: 2)
      loader.begin(epoch: 0)
      _ = try loader.batch(0)
    }
  }

  /// A batch of 20 images takes 20 ms at least; those who wait together count once.
  @Test func measuresTheTimeLost() throws {
    let loader = try loader(Numbers(count: 40, secondsPerImage: 0.001), batchSize: 20)
    #expect(loader.secondsWaited == 0)
    let start = DispatchTime.now().uptimeNanoseconds
    loader.begin(epoch: 0)
    runAtOnce(4) { _ in _ = try? loader.batch(0) }
    let elapsed = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
    #expect(loader.secondsWaited <= elapsed)
    _ = try loader.batch(1)
    let waited = loader.secondsWaited
    #expect(waited > 0)
    // What is ready costs nothing.
    _ = try loader.batch(0)
    _ = try loader.batch(1)
    #expect(loader.secondsWaited == waited)
  }

  @Test func acceptsNoImages() throws {
    let loader = try loader(Numbers(count: 0), batchSize: 10)
    #expect(loader.batchCount == 0)
    loader.begin(epoch: 0)
    loader.shutDown()
  }
}
