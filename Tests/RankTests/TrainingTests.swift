import Foundation
import TandemCollectives
import TandemData
import TandemNetwork
import TandemTensor
import TandemTraining

/// Training by all ranks together against training by one rank that has all shards.
let trainingTests: [String: RankTest] = [
  // Arguments: the number of shards, then the workers of each rank.
  "training": { job, arguments in
    let numbers = arguments.compactMap { Int($0) }
    for (name, change) in variants {
      try check(job, name, shards: numbers[0], workers: numbers[1 + job.rank], change)
    }
    for wire in WireFormat.allCases {
      try check(
        job, "batch normalization, \(wire)", normalizedNetwork, shards: numbers[0],
        workers: numbers[1 + job.rank]
      ) { $0.wire = wire }
    }
  },
  // Arguments: the workers of each rank. Shards are as many as workers, which wait for each other.
  "training-across-shards": { job, arguments in
    let workers = arguments.compactMap { Int($0) }
    let shards = workers.reduce(0, +)
    for batchSize in [20, 3] {
      try check(
        job, "batch normalization across shards", normalizedNetwork.withBatchNormAcrossShards(),
        shards: shards, workers: workers[job.rank], soloWorkers: shards
      ) { $0.batchSize = batchSize }
    }
  },
  // Weights of another seed are other weights: the comparison must notice it.
  "training-other-seed": { job, arguments in
    try check(job, "other seed", shards: 4, workers: 1, soloSeed: 1) { _ in }
  },
]

private let variants: [(String, @Sendable (inout TrainingOptions) -> Void)] = [
  ("adam", { _ in }),
  ("momentum", { $0.optimizer = AnyOptimizer(SGD(momentum: 0.9)) }),
  // 37, 37 and 26 images
  ("odd batches", { $0.batchSize = 37 }),
  ("fewer images than shards", { $0.batchSize = 3 }),
  ("accumulated", { $0.accumulatedBatches = 3 }),
  ("clipped", { $0.clipNorm = 0.05 }),
  (
    "factored, accumulated, in parts",
    {
      $0.batchSize = 7
      $0.accumulatedBatches = 2
      $0.leastFactoredElements = 1
      $0.microBatchSize = 1
    }
  ),
  (
    "many buckets",
    {
      $0.bucketBytes = 64
      $0.firstBucketBytes = 16
    }
  ),
  (
    "many buckets without overlap",
    {
      $0.bucketBytes = 64
      $0.firstBucketBytes = 16
      $0.overlapsExchange = false
    }
  ),
  (
    "bfloat16 on the wire, odd batches, many buckets",
    {
      $0.wire = .bfloat16
      $0.batchSize = 37
      $0.bucketBytes = 64
      $0.firstBucketBytes = 16
    }
  ),
  (
    "bfloat16 on the wire, fewer images than shards, clipped, without overlap",
    {
      $0.wire = .bfloat16
      $0.batchSize = 3
      $0.clipNorm = 0.05
      $0.overlapsExchange = false
    }
  ),
  (
    "bfloat16 on the wire, factored, accumulated, in parts",
    {
      $0.wire = .bfloat16
      $0.batchSize = 7
      $0.accumulatedBatches = 2
      $0.leastFactoredElements = 1
      $0.microBatchSize = 1
    }
  ),
  (
    "layerwise, clipped, accumulated",
    {
      $0.optimizer = AnyOptimizer(LARS())
      $0.bucketBytes = 64
      $0.clipNorm = 0.05
      $0.accumulatedBatches = 2
    }
  ),
]

private let small = Network("small", input: [1, 24, 24]) {
  Conv2D(5, kernel: 5)
  ReLU()
  MaxPool2D(2)
  Dropout(0.3)
  Dense(17)
  Tanh()
  Dense(3)
}

private let normalizedNetwork = Network("normalized", input: [1, 24, 24]) {
  Conv2D(5, kernel: 5, bias: false)
  BatchNorm2D()
  ReLU()
  Auxiliary(weight: 0.3) { Dense(3) }
  MaxPool2D(2)
  Conv2D(16, kernel: 3, bias: false)
  BatchNorm2D()
  Tanh()
  Dense(3)
}

/// - Parameters:
///   - network: nil for a small one.
///   - shards: nil for one for each worker.
///   - sharing: whether ranks share memory, one run each.
func check(
  _ job: Job, _ name: String, _ network: Network? = nil, shards: Int? = nil, workers: Int,
  soloWorkers: Int = 1, soloSeed: UInt64 = 0, sharing: [Bool] = [true, false],
  _ change: (inout TrainingOptions) -> Void
) throws {
  let network = network ?? small
  var options = TrainingOptions()
  options.epochs = 2
  options.batchSize = 20
  options.optimizer = AnyOptimizer(Adam())
  options.learningRate = 0.003
  options.shards = shards
  options.pinsWorkers = false
  change(&options)
  var soloOptions = options
  soloOptions.workers = soloWorkers
  soloOptions.seed = soloSeed
  let alone = try train(network, soloOptions, .solo)
  options.workers = workers
  // Factors are sent, and so is what devices give to each other.
  let canShareMemory = options.leastFactoredElements > 1 && options.mesh == nil
  for sharesMemory in sharing {
    options.sharesMemory = sharesMemory
    let together = try train(network, options, job)
    let name = name + (sharesMemory ? ", sharing memory" : ", sending")
    try expectEqual(together.weights, alone.weights, "\(name): weights")
    try expectEqual(together.result.epochs.count, 2, "\(name): epochs")
    for (mine, other) in zip(together.result.epochs, alone.result.epochs) {
      try expectEqual(mine.trainLoss, other.trainLoss, "\(name): loss")
      try expectEqual(mine.trainTop1, other.trainTop1, "\(name): accuracy")
      try expectEqual(mine.testLoss, other.testLoss, "\(name): test loss")
      try expectEqual(
        mine.exchange.bytesSent > 0, job.size > 1 && !(sharesMemory && canShareMemory),
        "\(name): whether bytes were sent")
    }
  }
}

func train(
  _ network: Network, _ options: TrainingOptions, _ job: Job, trainImages: Int = 100
) throws -> (weights: [UInt32], result: TrainingResult) {
  let generator = ShapesGenerator(seed: 7)
  let data = DatasetPair(
    train: generator.dataset(0..<trainImages), test: generator.dataset(100..<140))
  let trainer = try Trainer(
    network: network, data: data, normalization: .unitScale(channels: 1), options: options,
    job: job)
  let result = try trainer.run()
  return (trainer.parameters.flatMap { $0.tensor.elements.map(\.bitPattern) }, result)
}
