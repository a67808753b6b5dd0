import TandemCollectives
import TandemData
import TandemNetwork
import TandemTraining

/// Training by all ranks together against training by one rank that has all shards.
let trainingTests: [String: RankTest] = [
  // Arguments: the number of shards, then the workers of each rank.
  "training": { job, arguments in
    let numbers = arguments.compactMap { Int($0) }
    for (name, change) in variants {
      try check(job, name, shards: numbers[0], workers: numbers[1 + job.rank], change)
    }
    for (name, change) in frozen {
      try check(
        job, "frozen, \(name)", normalizedNetwork, shards: numbers[0],
        workers: numbers[1 + job.rank]
      ) {
        $0.freeze = ["conv1", "bn1"]
        $0.headLearningRate = 0.01
        change(&$0)
      }
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

private let variants: [Variant] = [
  ("adam", { _ in }),
  ("momentum", { $0.optimizer = AnyOptimizer(SGD(momentum: 0.9)) }),
  ("odd batches", { $0.batchSize = oddBatchSize }),
  ("fewer images than shards", { $0.batchSize = 3 }),
  ("accumulated", { $0.accumulatedBatches = 3 }),
  ("clipped", { $0.clipNorm = clippingNorm }),
  ("augmented", { $0.augmentation = AugmentationPreset.shapes.augmentation }),
  (
    "factored, accumulated, in parts",
    {
      $0.batchSize = 7
      $0.accumulatedBatches = 2
      $0.leastFactoredElements = 1
      $0.microBatchSize = 1
    }
  ),
  ("many buckets", useManyBuckets),
  ("many buckets without overlap", useManyBucketsWithoutOverlap),
  (
    "bfloat16 on the wire, odd batches, many buckets",
    {
      $0.wire = .bfloat16
      $0.batchSize = oddBatchSize
      useManyBuckets(&$0)
    }
  ),
  (
    "bfloat16 on the wire, fewer images than shards, clipped, without overlap",
    {
      $0.wire = .bfloat16
      $0.batchSize = 3
      $0.clipNorm = clippingNorm
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
      $0.clipNorm = clippingNorm
      $0.accumulatedBatches = 2
    }
  ),
]

/// Of a network whose first layers are frozen.
private let frozen: [Variant] = [
  ("momentum", { $0.optimizer = AnyOptimizer(SGD(momentum: 0.9, weightDecay: 0.1)) }),
  (
    "layerwise, clipped",
    {
      $0.optimizer = AnyOptimizer(LARS())
      $0.clipNorm = clippingNorm
    }
  ),
  (
    "many buckets, another rate for some, bfloat16 on the wire",
    {
      $0.wire = .bfloat16
      $0.learningRateScales = [LearningRateScale("conv2", 0.25)]
      useManyBuckets(&$0)
    }
  ),
]

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
