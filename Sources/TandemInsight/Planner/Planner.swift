import TandemNetwork
import TandemTraining

/// Places a network in every way, measures its layers and predicts a step of each placement.
package struct Planner {
  private let name: String
  private let graph: NetworkGraph
  private let mesh: Mesh
  private let link: NetworkLink
  private let options: TrainingOptions
  private let exchange: ExchangeSetting
  private let storesGradients: Bool
  private let candidates: [Candidate]

  /// A parallelism, placed or refused.
  private struct Candidate {
    let parallelism: Parallelism
    let step: StepSetting
    let placed: Result<PlacedNetwork, any Error>
  }

  /// - Parameters:
  ///   - options: of the training to plan but for its mesh and parallelism; pieces are those of
  ///     hybrid parallelism.
  ///   - images: of the data set.
  ///   - check: throws why a parallelism is refused, if it is.
  /// - Throws: `NetworkError`.
  package init(
    _ network: Network, mesh: Mesh, _ options: TrainingOptions, images: Int, link: NetworkLink,
    check: (Parallelism) throws -> Void = { _ in }
  ) throws {
    name = network.name
    let graph = try network.graph()
    self.graph = graph
    self.mesh = mesh
    self.link = link
    self.options = options
    exchange = ExchangeSetting(options, images: images)
    let epochs = options.epochDivision(images: images)
    // As the trainer does it.
    let factored = Set(
      FactoredGradients.weights(
        graph, images: epochs.imagesPerStep, optimizer: options.optimizer,
        clipNorm: options.clipNorm, leastElements: options.leastFactoredElements
      ).map(\.entry.nodeIndex))
    storesGradients = factored.isEmpty
    candidates = Parallelism.allCases.map { parallelism in
      var step = StepSetting(
        batchSize: epochs.images(inBatch: 0), pieces: parallelism == .hybrid ? options.pieces : 1)
      do {
        let placed = try PlacedNetwork(graph, mesh: mesh, parallelism: parallelism)
        // Some slices nobody can compute.
        for member in 0..<mesh.model { _ = try DeviceGraph(placed, member: member) }
        try check(parallelism)
        if step.pieces > 1 { try placed.checkPieces() }
        // Devices that share images store all gradients.
        let sharesImages =
          mesh.model > 1 && placed.layers.contains { $0.placement == .model }
        step.factoredNodes = sharesImages ? [] : factored
        return Candidate(parallelism: parallelism, step: step, placed: .success(placed))
      } catch {
        return Candidate(parallelism: parallelism, step: step, placed: .failure(error))
      }
    }
  }

  /// Measures and predicts.
  /// - Parameter measure: times the layers of some images' steps, in a training with these options
  ///   and one worker.
  /// - Throws: what `measure` throws.
  package func report(
    measuring measure: (NetworkGraph, _ images: Int, TrainingOptions) throws -> LayerTimes
  ) throws -> PlanReport {
    let counts = candidates.reduce(into: Set<Int>()) { counts, candidate in
      guard case .success(let placed) = candidate.placed else { return }
      counts.formUnion(StepPrediction.imageCounts(placed, candidate.step))
    }
    var times: [Int: LayerTimes] = [:]
    for images in counts.sorted() { times[images] = try measure(graph, images, measuredOptions) }
    let outcomes = candidates.map { candidate in
      switch candidate.placed {
      case .success(let placed):
        PlanReport.Outcome(
          parallelism: candidate.parallelism, refusal: nil,
          prediction: StepPrediction(placed, candidate.step, link: link, exchange: exchange) {
            images in
            guard let times = times[images] else {
              preconditionFailure("\(images) images were not measured")
            }
            return times
          })
      case .failure(let error):
        PlanReport.Outcome(
          parallelism: candidate.parallelism, refusal: "\(error)", prediction: nil)
      }
    }
    return PlanReport(
      model: name, mesh: mesh, link: link, batchSize: candidates[0].step.batchSize,
      pieces: candidates.map(\.step.pieces).max() ?? 1, measuredImages: counts.sorted(),
      outcomes: outcomes, hasWeights: graph.nodes.map { !$0.parameters.isEmpty })
  }

  /// What decides how long one worker computes.
  private var measuredOptions: TrainingOptions {
    var single = TrainingOptions()
    single.workers = 1
    single.optimizer = options.optimizer
    single.clipNorm = options.clipNorm
    single.wire = options.wire
    single.precision = options.precision
    single.loss = options.loss
    single.labelSmoothing = options.labelSmoothing
    single.microBatchSize = options.microBatchSize
    // Of fewer images than a step has, more factors would be smaller than gradients.
    single.leastFactoredElements = storesGradients ? .max : options.leastFactoredElements
    return single
  }
}
