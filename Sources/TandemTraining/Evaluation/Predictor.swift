import TandemCollectives
import TandemData
import TandemNetwork
import TandemTensor

/// Runs a trained network on the cores of this machine.
///
/// Ownership: used by one thread at a time, which waits while the workers compute.
public final class Predictor {
  public let network: Network
  /// Threads that compute.
  public let workers: Int
  private let graph: NetworkGraph
  private let team: Team
  private let parameters: MemoryArena
  private var evaluator: Evaluator?

  /// - Parameters:
  ///   - weights: must have a tensor for each parameter of the network, and no others.
  ///   - workers: nil for one per physical core available to the process.
  /// - Throws: `NetworkError`, `TrainingError.weightsDoNotFit`, `MemoryError`.
  public init(network: Network, weights: ModelFile, workers: Int? = nil) throws {
    var options = TrainingOptions()
    options.workers = workers
    try options.validate()
    self.network = network
    graph = try network.graph()
    let layout = graph.parameterLayout
    parameters = try MemoryArena(
      byteCount: layout.elementCount * MemoryLayout<Float>.size, purpose: "parameters")
    try weights.load(into: parameters, layout: layout, networkName: network.name)
    let topology = CPUTopology.current()
    self.workers = workers ?? topology.defaultWorkers
    team = Team(workers: self.workers, pinnedTo: topology.pinnableCPUs)
  }

  /// The network's outputs.
  ///
  /// - Parameter images: `[N] + inputShape`, normalised already.
  /// - Returns: `[N] + outputShape`
  /// - Throws: `TrainingError.inputShape`, `ExecutionError`, `MemoryError`.
  public func logits(_ images: Tensor) throws -> Tensor {
    guard images.shape.rank > 0, images.shape == graph.inputShape.batched(images.shape[0]),
      images.shape[0] > 0
    else {
      throw TrainingError.inputShape(
        network: network.name, expected: graph.inputShape, found: images.shape)
    }
    return try evaluator(images: images.shape[0]).logits(images)
  }

  /// Evaluates the network, each image exactly once.
  ///
  /// - Throws: `TrainingError`, or what the data set throws.
  public func evaluate(
    _ dataset: any Dataset, normalization: Normalization
  ) throws -> EvaluationResult {
    try Trainer.checkShape(graph, dataset)
    return try evaluator(images: dataset.count).evaluate(dataset, normalization: normalization)
  }

  private func evaluator(images: Int) throws -> Evaluator {
    let evaluator = try Evaluator.reusing(
      evaluator, team: team, graph: graph, parameters: parameters,
      chunkSize: Self.chunkSize(images: images))
    self.evaluator = evaluator
    return evaluator
  }

  /// How many images a worker takes at a time: few enough that there is work for many workers, not
  /// so few that a chunk's overhead counts, and a function of nothing but the number of images, so
  /// that results do not depend on the number of workers.
  package static func chunkSize(images: Int) -> Int {
    min(max(1, images), 128, max(16, (images + 15) / 16))
  }
}
