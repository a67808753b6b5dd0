import TandemCollectives
import TandemData
import TandemNetwork
import TandemTraining

/// Trainers that differ on the last rank; the argument says in what.
let preflightTests: [String: RankTest] = [
  "preflight": { job, arguments in
    var options = TrainingOptions()
    options.workers = 1
    options.pinsWorkers = false
    var seed: UInt64 = 7
    var scale = Normalization.unitScale(channels: 1)
    var layers = 3
    var name = "shapes"
    if job.rank == job.size - 1 {
      switch arguments[0] {
      case "nothing": break
      case "seed": options.seed = 1
      case "batch size": options.batchSize = 128
      case "optimizer": options.optimizer = AnyOptimizer(SGD(momentum: 0.5))
      case "wire": options.wire = .bfloat16
      case "data": seed = 8
      case "name": name = "copy-on-this-host"
      case "network": layers = 4
      case "normalization": scale = Normalization(mean: [0.5], standardDeviation: [1])
      default: throw Unexpected("no such difference")
      }
    }
    let shapes = ShapesGenerator(seed: seed)
    let network = Network("small", input: [1, 24, 24]) {
      Dense(layers)
      Dense(3)
    }
    _ = try Trainer(
      network: network,
      data: DatasetPair(
        train: shapes.dataset(0..<40).named(name), test: shapes.dataset(40..<50).named(name)),
      normalization: scale, options: options, job: job)
  }
]
