import Foundation
import Synchronization
import TandemCollectives
import TandemData
import TandemNetwork
import TandemTensor
import TandemTraining

/// A network trained by the devices of a mesh, beside the same training by one worker: same first
/// weights, same images in the same mini-batches, same dropout masks.
package struct MeshProof: Sendable {
  package let name: String
  let batchSize: Int
  /// Training steps; each has images of its own.
  let steps: Int
  let learningRate: Float
  private let make: @Sendable () throws -> Network

  /// - Parameter learningRate: at which the loss falls within the steps and does not run away.
  package init(
    _ name: String, batchSize: Int, steps: Int, learningRate: Float = 0.01,
    _ make: @escaping @Sendable () throws -> Network
  ) {
    self.name = name
    self.batchSize = batchSize
    self.steps = steps
    self.learningRate = learningRate
    self.make = make
  }

  /// Trains in each of the ways, and says how far they are from one worker's training. All ranks of
  /// a job come here; the rows are the first one's.
  ///
  /// - Parameter change: what the mesh does otherwise; must be noticed.
  package func rows(
    _ mesh: Mesh, _ parallelisms: [Parallelism] = [.model, .hybrid], in job: Job = .solo,
    _ change: (inout TrainingOptions) -> Void = { _ in }
  ) throws -> [MeshProofRow] {
    let network = try make()
    let data = try images(for: network)
    var expected: [Int: Course] = [:]
    var nudged: [Int: Course] = [:]
    return try parallelisms.map { parallelism in
      // One worker computes as many images at once as devices do: batch normalization takes its
      // statistics from these, and rounding depends on them.
      let shards = parallelism == .hybrid ? mesh.devices : mesh.data
      if job.rank == 0, expected[shards] == nil {
        expected[shards] = try train(network, data, in: .solo) {
          $0.workers = 1
          $0.shards = shards
        }
        nudged[shards] = try train(network, data, in: .solo) {
          $0.workers = 1
          $0.shards = shards
          $0.learningRate = learningRate.nextUp
        }
      }
      let courses = try (0..<2).map { _ in
        try train(network, data, in: job) {
          $0.workers = mesh.devices / job.size
          $0.mesh = mesh
          $0.parallelism = parallelism
          change(&$0)
        }
      }
      return MeshProofRow(
        name: name, parallelism: parallelism, mesh: mesh, ranks: job.size, steps: steps,
        courses[0], expected: expected[shards] ?? courses[0],
        nudged: nudged[shards] ?? courses[0], isRepeatable: courses[0] == courses[1])
    }
  }

  /// What came out of a training.
  package struct Course: Equatable {
    /// By step, of its images.
    let losses: [Double]
    /// By parameter.
    let weightsAfterOneStep: [[Float]]
    /// After `earlySteps`, or all if there are fewer.
    let earlyWeights: [[Float]]
    let weights: [[Float]]

    package init(
      losses: [Double], weightsAfterOneStep: [[Float]], earlyWeights: [[Float]], weights: [[Float]]
    ) {
      self.losses = losses
      self.weightsAfterOneStep = weightsAfterOneStep
      self.earlyWeights = earlyWeights
      self.weights = weights
    }
  }

  /// So many show faults that the first step does not, as of momentum, and rounding errors have not
  /// grown yet.
  package static let earlySteps = 3

  private func train(
    _ network: Network, _ data: DatasetPair, in job: Job, _ change: (inout TrainingOptions) -> Void
  ) throws -> Course {
    var options = TrainingOptions()
    options.epochs = 1
    options.batchSize = batchSize
    options.optimizer = AnyOptimizer(SGD(momentum: 0.9))
    options.learningRate = learningRate
    options.pinsWorkers = false
    options.evaluatesEachEpoch = false
    change(&options)
    func run(_ limit: Int) throws -> (losses: [Double], weights: [[Float]]) {
      options.stepLimit = limit
      let losses = StepLosses()
      let trainer = try Trainer(
        network: network, data: data,
        normalization: .unitScale(channels: network.inputShape[0]), options: options,
        observers: [losses], job: job)
      _ = try trainer.run()
      return (losses.all, trainer.parameters.map(\.tensor.elements))
    }
    let all = try run(steps)
    func weights(after limit: Int) throws -> [[Float]] {
      limit < steps ? try run(limit).weights : all.weights
    }
    return Course(
      losses: all.losses, weightsAfterOneStep: try weights(after: 1),
      earlyWeights: try weights(after: Self.earlySteps), weights: all.weights)
  }

  /// Waves whose number tells the class, under noise.
  private func images(for network: Network) throws -> DatasetPair {
    let classes = max(2, try network.graph().outputShape[0])
    let shape = network.inputShape
    let count = batchSize * steps
    var random = CounterRandom(seed: 11, purpose: .test).sequence(0)
    var pixels: [Float] = []
    pixels.reserveCapacity(count * shape.elementCount)
    let labels = (0..<count).map { _ in Int32(random.nextWord() % UInt32(classes)) }
    for label in labels {
      let wave = (0..<shape[2]).map { column in
        Float(sin(2 * .pi * Double(label + 1) * Double(column) / Double(shape[2])))
      }
      for _ in 0..<shape[0] * shape[1] { pixels += wave.map { $0 + 0.5 * random.normal() } }
    }
    let train = InMemoryDataset(
      name: "waves", imageShape: shape, classNames: (0..<classes).map { "\($0)" },
      pixels: .float32(pixels), labels: labels)
    return DatasetPair(train: train, test: train.prefix(1))
  }
}

/// The loss of each step, from the epoch's means so far.
private final class StepLosses: TrainingObserver {
  private let losses = Mutex<(all: [Double], sum: Double)>(([], 0))

  func receive(_ event: TrainingEvent) {
    guard case .stepFinished(let step) = event else { return }
    let sum = step.loss * Double(step.imagesInEpoch)
    losses.withLock {
      $0.all.append((sum - $0.sum) / Double(step.images))
      $0.sum = sum
    }
  }

  var all: [Double] { losses.withLock { $0.all } }
}
