import Synchronization
import TandemCollectives
import TandemExecution
import TandemNetwork
import TandemTensor

/// Looks into a trained network: what inner layers put out for an image, and what the gradients of
/// something are with respect to that and to the image. All values are the engine's own.
///
/// Each image is computed on its own, so that no number depends on how many workers there are or on
/// what else is looked at.
///
/// Ownership: used by one thread at a time, which waits while the workers compute. Safe to share:
/// `states` belongs to the workers, the rest is constant.
package final class Inspector: Sendable {
  /// The network as it is looked into, see `NetworkGraph.forInspection`.
  package let graph: NetworkGraph
  /// What the user should know about the weights and about where the workers run, each in one line.
  package let warnings: [String]
  private let team: Team
  /// Laid out as `graph` says.
  private let parameters: MemoryArena
  private let plan: Plan
  private let states: PerWorker<LayerProbe>
  /// The nodes of the layers that were asked for, in that order.
  private let observed: [Int]
  private let progress: Progress?

  /// Told by any worker how many parts of how many are done.
  package typealias Progress = @Sendable (_ done: Int, _ count: Int) -> Void

  /// What is looked at.
  package struct Request: Hashable, Sendable {
    /// Paths of layers, or of blocks whose last layers are meant, whose outputs are kept, and their
    /// gradients.
    package var layers: [String]
    /// The path of the layer whose output takes the place of the network's; nil for all of it.
    package var end: String?
    /// Whether there is a backward pass; without it only outputs are known.
    package var gradients: Bool
    /// Whether backward goes on to the image.
    package var gradientOfImage: Bool
    /// Whether ReLUs let only positive gradients through.
    package var guided: Bool
    /// Of the images, `[C, H, W]`, if they are not the network's; layers whose parameters do not
    /// depend on it, as convolutions, take any.
    package var imageShape: Shape?

    package init(
      layers: [String] = [], end: String? = nil, gradients: Bool = true,
      gradientOfImage: Bool = false, guided: Bool = false, imageShape: Shape? = nil
    ) {
      self.layers = layers
      self.end = end
      self.gradients = gradients || gradientOfImage
      self.gradientOfImage = gradientOfImage
      self.guided = guided
      self.imageShape = imageShape
    }
  }

  /// - Parameters:
  ///   - weights: of all of the network but its auxiliary heads.
  ///   - workers: nil for one per physical core.
  ///   - progress: told of each part of `map`.
  /// - Throws: `NetworkError`, `TrainingError.unknownLayer`, `TrainingError.weightsDoNotFit`,
  ///   `TrainingError.nonFiniteWeights`, `ExecutionError`, `MemoryError`.
  package init(
    network: Network, weights: ModelFile, _ request: Request, workers: Int? = nil,
    progress: Progress? = nil
  ) throws {
    var options = TrainingOptions()
    options.workers = workers
    try options.validate()
    let plain = network.withDropout(0)
    let whole = try plain.graph()
    let sized =
      request.imageShape.map {
        Network(name: plain.name, inputShape: $0, elements: plain.elements)
      } ?? plain
    let sizedGraph = try sized.graph()
    let end = try request.end.map { try sizedGraph.layer(at: $0).index }
    let graph = sizedGraph.forInspection(upTo: end, guided: request.guided)
    self.graph = graph
    let layout = graph.parameterLayout
    parameters = try MemoryArena(
      byteCount: layout.elementCount * MemoryLayout<Float>.size, purpose: "parameters",
      use: .parameters)
    // Weights of another network are not taken for those of this one, whatever is used of them.
    let notes = try weights.loading(for: network, whole).load(
      into: parameters, entries: layout.entries,
      TensorLoading.Leniency(others: Set(whole.parameterLayout.entries.map(\.name))))
    let nodes = try request.layers.map { try graph.layer(at: $0).index }
    let ranks = try RankTeam(.solo, asked: workers, usesShards: false, pins: true)
    let team = ranks.team
    self.team = team
    warnings = notes + ranks.warnings
    states = PerWorker(workers: team.workers)
    plan = try team.onFirstWorker {
      try Plan(
        graph, images: 1, mode: request.gradients ? .training : .inference,
        use: PlanUse(gradientOfImages: request.gradientOfImage, observed: Set(nodes)))
    }
    observed = nodes
    self.progress = progress
  }

  /// Runs `body` for each of some indices, spread over the workers, with a probe that is the
  /// worker's own.
  ///
  /// - Returns: the results by index.
  /// - Throws: what `body` throws.
  package func map<Result: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (_ index: Int, _ probe: LayerProbe) throws -> Result
  ) throws -> [Result] {
    let table = ResultTable<Result>()
    try team.run { [self] worker in
      let probe = try probe(of: worker)
      for index in stride(from: worker.index, to: count, by: worker.count) {
        let result = try body(index, probe)
        table.results.withLock {
          $0[index] = result
          progress?($0.count, count)
        }
      }
    }
    return table.results.withLock { found in (0..<count).compactMap { found[$0] } }
  }

  private func probe(of worker: Worker) throws -> LayerProbe {
    if let probe = states[worker] { return probe }
    let probe = try LayerProbe(plan: plan, parameters: parameters, observed: observed)
    states[worker] = probe
    return probe
  }
}

/// The results of a region's workers.
private final class ResultTable<Result: Sendable>: Sendable {
  let results = Mutex<[Int: Result]>([:])
}
