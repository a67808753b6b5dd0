import TandemCollectives
import TandemNetwork
import TandemTraining

/// Training by devices of a mesh on several ranks against training by the same devices as threads
/// of one rank.
let meshTests: [String: RankTest] = [
  // Arguments: the mesh, then the workers of each rank.
  "training-mesh": { job, arguments in
    guard let mesh = Mesh(arguments[0]) else { throw Unexpected("no mesh \(arguments[0])") }
    let workers = arguments.dropFirst().compactMap { Int($0) }
    for parallelism in [Parallelism.model, .hybrid] {
      for (name, change) in variants + (parallelism == .hybrid ? pieces : []) {
        try check(
          job, "\(parallelism), \(name)", towers, workers: workers[job.rank],
          soloWorkers: mesh.devices, sharing: [true]
        ) {
          $0.mesh = mesh
          $0.parallelism = parallelism
          change(&$0)
        }
      }
    }
  },
  // Arguments: the mesh; each rank has one worker. All slices end with cache lines.
  "mesh-bytes": { job, arguments in
    guard let mesh = Mesh(arguments[0]) else { throw Unexpected("no mesh \(arguments[0])") }
    for parallelism in [Parallelism.model, .hybrid] {
      var options = TrainingOptions()
      options.epochs = 1
      options.batchSize = 40
      options.mesh = mesh
      options.parallelism = parallelism
      options.workers = 1
      options.pinsWorkers = false
      options.evaluatesEachEpoch = false
      options.sharesMemory = false
      let result = try train(wholeLines, options, job, trainImages: 80).result
      guard job.rank == 0 else { continue }
      let placed = try PlacedNetwork(wholeLines.graph(), mesh: mesh, parallelism: parallelism)
      let load = DeviceLoad(placed, part: 0, member: 0, StepSetting(batchSize: 40))
      try expectEqual(
        result.epochs.map(\.exchange.bytesSent), [2 * load.bytesSent], "\(parallelism): bytes sent")
    }
  },
]

private let wholeLines = Network("whole lines", input: [1, 24, 24]) {
  Conv2D(64, kernel: 4, stride: 2)
  ReLU()
  MaxPool2D(2)
  Conv2D(64, kernel: 3, groups: 2)
  ReLU()
  Dense(128)
  ReLU()
  Dense(64)
}

/// Two groups of convolutions, slices that end with whole cache lines and such that do not.
private let towers = Network("towers", input: [1, 24, 24]) {
  Conv2D(16, kernel: 5)
  ReLU()
  MaxPool2D(2)
  Conv2D(8, kernel: 3, groups: 2)
  BatchNorm2D()
  Tanh()
  Dropout(0.3)
  Dense(32)
  ReLU()
  Dropout(0.5)
  Dense(4)
}

private let pieces: [Variant] = [
  ("in pieces", { $0.pieces = 2 }),
  (
    "in pieces, accumulated, bfloat16 on the wire",
    {
      $0.pieces = 2
      $0.accumulatedBatches = 3
      $0.wire = .bfloat16
    }
  ),
]

private let variants: [Variant] = [
  ("adam", { _ in }),
  (
    "odd batches, momentum",
    {
      $0.batchSize = oddBatchSize
      $0.optimizer = AnyOptimizer(SGD(momentum: 0.9))
    }
  ),
  (
    "accumulated, clipped",
    {
      $0.accumulatedBatches = 3
      $0.clipNorm = clippingNorm
    }
  ),
  (
    "frozen convolutions, another rate for the head",
    {
      $0.freeze = ["conv*", "bn1"]
      $0.headLearningRate = 0.01
    }
  ),
  ("a frozen dense layer", { $0.freeze = ["dense1"] }),
  ("many buckets, without overlap", useManyBucketsWithoutOverlap),
  ("bfloat16 on the wire", { $0.wire = .bfloat16 }),
  (
    "layerwise, bfloat16 on the wire",
    {
      $0.optimizer = AnyOptimizer(LARS())
      $0.wire = .bfloat16
    }
  ),
]
