import TandemCollectives
import TandemData
import TandemNetwork
import TandemTensor
import TandemTraining

/// What a training does otherwise than `check` has it, under a name.
typealias Variant = (name: String, change: @Sendable (inout TrainingOptions) -> Void)

/// 37, 37 and 26 images.
let oddBatchSize = 37
/// Less than gradients have.
let clippingNorm: Float = 0.05

/// Several buckets even in small networks.
@Sendable func useManyBuckets(_ options: inout TrainingOptions) {
  options.bucketBytes = 64
  options.firstBucketBytes = 16
}

/// The same, which are exchanged after backward only.
@Sendable func useManyBucketsWithoutOverlap(_ options: inout TrainingOptions) {
  useManyBuckets(&options)
  options.overlapsExchange = false
}

private let small = Network("small", input: [1, 24, 24]) {
  Conv2D(5, kernel: 5)
  ReLU()
  MaxPool2D(2)
  Dropout(0.3)
  Dense(17)
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
  options.keepsGradients = true
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
    if job.rank == 0 {
      try expectEqual(together.gradients, alone.gradients, "\(name): gradients")
      try expectEqual(alone.gradients.isEmpty, false, "\(name): whether there are gradients")
    }
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
) throws -> (weights: [UInt32], gradients: [UInt32], result: TrainingResult) {
  let generator = ShapesGenerator(seed: 7)
  let data = DatasetPair(
    train: generator.dataset(0..<trainImages), test: generator.dataset(100..<140))
  let observer = GradientObserver()
  let trainer = try Trainer(
    network: network, data: data, normalization: .unitScale(channels: 1), options: options,
    observers: [observer], job: job)
  observer.trainer = trainer
  let result = try trainer.run()
  return (
    trainer.parameters.flatMap { $0.tensor.elements.map(\.bitPattern) }, observer.bits, result
  )
}

/// The gradients of all epochs' last steps; on the first rank only.
///
/// Safe to share: used by the thread that runs the trainer.
private final class GradientObserver: TrainingObserver, @unchecked Sendable {
  weak var trainer: Trainer?
  private(set) var bits: [UInt32] = []

  func receive(_ event: TrainingEvent) throws {
    guard case .epochFinished = event else { return }
    trainer?.forEachGradient { bits += $1.map(\.bitPattern) }
  }
}
