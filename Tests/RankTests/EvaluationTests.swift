import Foundation
import Synchronization
import TandemCollectives
import TandemData
import TandemNetwork
import TandemTensor
import TandemTraining

/// Evaluation split over ranks against the same evaluation by one rank.
let evaluationTests: [String: RankTest] = [
  "evaluation": { job, arguments in
    let weights = try ModelFile(contentsOf: arguments[0])
    // Chunks have 16 images: one chunk for two ranks and more, chunks that do not divide evenly,
    // and a last one that is not full.
    for images in [1, 16, 17, 100, 333] {
      // Ranks with different numbers of workers.
      for workers in [1, 1 + job.rank] {
        try check(job, weights: weights, images: images, workers: workers)
      }
    }
  },
  "evaluation-in-detail": { job, arguments in
    let weights = try ModelFile(contentsOf: arguments[0])
    let scale = Normalization.unitScale(channels: 1)
    for images in [1, 17, 333] {
      for views in [PictureViews.middle, .mirror] {
        let expected = try Predictor(network: network, weights: weights, workers: 1)
          .evaluateInDetail(shapes(images), normalization: scale, views: views)
        for workers in [1, 1 + job.rank] {
          let found = try Predictor(network: network, weights: weights, workers: workers, job: job)
            .evaluateInDetail(shapes(images), normalization: scale, views: views)
          try expectEqual(found.images, expected.images, "\(images) images, \(workers) workers")
          try expectEqual(found.result, expected.result, "the result of \(images) images")
        }
      }
    }
  },
  "evaluation-other-images": { job, arguments in
    let weights = try ModelFile(contentsOf: arguments[0])
    let dataset = ShapesGenerator(seed: job.rank == 1 ? 8 : 7).dataset(0..<40)
    _ = try Predictor(network: network, weights: weights, workers: 1, job: job)
      .evaluate(dataset, normalization: .unitScale(channels: 1))
  },
  "evaluation-other-network": { job, arguments in
    let weights = try ModelFile(contentsOf: arguments[0])
    let own =
      job.rank == 1
      ? Network(name: "other", inputShape: network.inputShape, elements: network.elements) : network
    _ = try Predictor(network: own, weights: weights, workers: 1, job: job)
      .evaluate(shapes(40), normalization: .unitScale(channels: 1))
  },
  "evaluation-first-weights": { job, arguments in
    // One file for each rank, of which only the first counts.
    let scale = Normalization.unitScale(channels: 1)
    let result = try Predictor(
      network: network, weights: try ModelFile(contentsOf: arguments[job.rank]), workers: 1,
      job: job
    ).evaluate(shapes(40), normalization: scale)
    let expected = try Predictor(
      network: network, weights: try ModelFile(contentsOf: arguments[0]), workers: 1
    ).evaluate(shapes(40), normalization: scale)
    try expectEqual(result, expected, "the result with the first rank's weights")
  },
]

private let network = Network("small", input: [1, 24, 24]) {
  Conv2D(4, kernel: 5)
  ReLU()
  MaxPool2D(2)
  Dense(3)
}

private func shapes(_ count: Int) -> InMemoryDataset { ShapesGenerator(seed: 7).dataset(0..<count) }

private func check(_ job: Job, weights: ModelFile, images: Int, workers: Int) throws {
  let scale = Normalization.unitScale(channels: 1)
  let expected = try Predictor(network: network, weights: weights, workers: 1)
    .evaluate(shapes(images), normalization: scale)
  let dataset = CountingDataset(shapes(images))
  let predictor = try Predictor(network: network, weights: weights, workers: workers, job: job)
  let what = "\(images) images, \(workers) workers on rank \(job.rank)"
  // Twice: the second time nothing is set up anew.
  for round in 1...2 {
    let result = try predictor.evaluate(dataset, normalization: scale)
    try expectEqual(result, expected, "the result of \(what)")
    try expectEqual(result.images, images, "the number of images of \(what)")
    let reads = dataset.reads.withLock { $0 }
    let all = try job.perform("counting") { try $0.allGather(reads) }
    let totals = (0..<images).map { image in all.reduce(0) { $0 + Int($1[image]) } }
    try expectEqual(totals, Array(repeating: round, count: images), "how often images were read")
  }
}

/// Counts how often each of its images is read.
private final class CountingDataset: Dataset {
  let base: InMemoryDataset
  let reads: Mutex<[UInt8]>

  init(_ base: InMemoryDataset) {
    self.base = base
    reads = Mutex(Array(repeating: 0, count: base.count))
  }

  var name: String { base.name }
  var count: Int { base.count }
  var imageShape: Shape { base.imageShape }
  var classNames: [String] { base.classNames }
  func copyImage(
    _ index: Int, normalization: Normalization, into destination: UnsafeMutablePointer<Float>
  ) {
    reads.withLock { $0[index] += 1 }
    base.copyImage(index, normalization: normalization, into: destination)
  }
  func label(_ index: Int) -> Int32 { base.label(index) }
  func prefix(_ maximumCount: Int) -> CountingDataset {
    CountingDataset(base.prefix(maximumCount))
  }
  func fingerprint() -> DatasetFingerprint { base.fingerprint() }
}
