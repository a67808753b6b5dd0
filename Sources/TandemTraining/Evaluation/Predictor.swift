import TandemCollectives
import TandemData
import TandemNetwork
import TandemTensor

/// Runs a trained network on the cores of this machine, or of all machines of an `mpirun` job.
///
/// In a job of several ranks each makes a predictor and calls `evaluate` with the same images in
/// the same order; each evaluates a part of them, and all get the result.
///
/// Ownership: used by one thread at a time, which waits while the workers compute.
package final class Predictor {
  package let network: Network
  /// Threads of this rank that compute.
  package let workers: Int
  /// What the user should know about the weights and about where the workers of all ranks run, each
  /// in one line.
  package let warnings: [String]
  /// Of the network, or of it as far as a layer of it.
  private let graph: NetworkGraph
  private let team: Team
  private let job: Job
  /// Laid out as `graph` says.
  private let parameters: MemoryArena
  private var evaluator: Evaluator?

  /// - Parameters:
  ///   - weights: must have a tensor for each parameter of the network but for its auxiliary heads,
  ///     which are not used, and no others. The first rank's are used on all; others need none.
  ///   - workers: of this rank; nil for one per physical core that it need not share.
  ///   - job: the ranks that evaluate together.
  /// - Throws: `NetworkError`, `TrainingError.weightsDoNotFit`, `TrainingError.nonFiniteWeights`,
  ///   `MemoryError`, `JobError`.
  package init(
    network: Network, weights: ModelFile?, workers: Int? = nil, job: Job = .solo
  ) throws {
    var options = TrainingOptions()
    options.workers = workers
    try options.validate()
    self.network = network
    self.job = job
    let graph = try network.graph()
    self.graph = graph
    let layout = graph.parameterLayout
    let parameters = try MemoryArena(
      byteCount: layout.elementCount * MemoryLayout<Float>.size, purpose: "parameters",
      use: .parameters)
    precondition(weights != nil || job.rank > 0, "the first rank has no weights")
    var notes: [String] = []
    try job.onFirstRank("reading the weights") {
      notes +=
        try weights?.load(
          into: parameters, graph: graph, network: network,
          .auxiliaryHeads(of: graph, fate: "only training uses")) ?? []
    }
    try job.broadcast("sending the weights", parameters)
    self.parameters = parameters
    let ranks = try RankTeam(job, asked: workers, usesShards: false, pins: true)
    self.workers = ranks.workers.counts[job.rank]
    team = ranks.team
    warnings = notes + ranks.warnings
  }

  /// Computes the output of a layer instead of the network's, and nothing behind it.
  ///
  /// - Parameters:
  ///   - weights: for all of the network, as above.
  ///   - layer: the path of a layer, or of a block, whose last layer is meant.
  ///   - imageShape: of the images, `[C, H, W]`; layers whose parameters do not depend on it, as
  ///     convolutions, take any.
  ///   - workers: nil for one per physical core.
  /// - Throws: as above, `TrainingError.unknownLayer` for a layer that the network does not have.
  package init(
    network: Network, weights: ModelFile, layer: String, imageShape: Shape, workers: Int? = nil
  ) throws {
    var options = TrainingOptions()
    options.workers = workers
    try options.validate()
    let whole = try network.graph()
    let sized =
      whole.inputShape == imageShape || whole.inputShape == [imageShape.elementCount]
      ? network
      : Network(name: network.name, inputShape: imageShape, elements: network.elements)
    graph = try sized.graph().truncated(at: layer)
    self.network = sized
    job = .solo
    let layout = graph.parameterLayout
    parameters = try MemoryArena(
      byteCount: layout.elementCount * MemoryLayout<Float>.size, purpose: "parameters",
      use: .parameters)
    // Weights of another network are not taken for those of this one, whatever is used of them.
    let notes = try weights.loading(for: network, whole).load(
      into: parameters, entries: layout.entries,
      TensorLoading.Leniency(others: Set(whole.parameterLayout.entries.map(\.name))))
    let ranks = try RankTeam(job, asked: workers, usesShards: false, pins: true)
    self.workers = ranks.workers.counts[0]
    team = ranks.team
    warnings = notes + ranks.warnings
  }

  /// Of the outputs of one image.
  package var outputShape: Shape { graph.outputShape }

  /// The outputs of all images of a data set.
  ///
  /// - Returns: `[N] + outputShape`
  /// - Throws: `TrainingError`, `ExecutionError`, `MemoryError`, or what the data set throws.
  package func outputs(_ dataset: any Dataset, normalization: Normalization) throws -> Tensor {
    guard [dataset.imageShape, [dataset.imageShape.elementCount]].contains(graph.inputShape) else {
      throw TrainingError.imageShape(
        network: network.name, expected: graph.inputShape, dataset: dataset.name,
        found: dataset.imageShape)
    }
    guard normalization.mean.count == dataset.imageShape[0] else {
      throw TrainingError.normalizationChannels(
        means: normalization.mean.count, dataset: dataset.name, channels: dataset.imageShape[0])
    }
    return try evaluator(images: dataset.count).outputs(dataset, normalization: normalization)
  }

  /// The network's outputs. Each rank of a job computes all that it is asked for.
  ///
  /// - Parameter images: `[N] + inputShape`, normalised already.
  /// - Returns: `[N] + outputShape`
  /// - Throws: `TrainingError.inputShape`, `ExecutionError`, `MemoryError`.
  package func logits(_ images: Tensor) throws -> Tensor {
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
  /// - Parameters:
  ///   - loss: nil for what suits the network's last layer.
  ///   - views: of each picture, whose probabilities are averaged.
  /// - Throws: `TrainingError`, `JobError`, or what the data set throws; for several views
  ///   `LossError.noProbabilities`, `PictureFolderError.noCorners`.
  package func evaluate(
    _ dataset: any Dataset, normalization: Normalization, loss: Loss.Kind? = nil,
    views: PictureViews = .middle
  ) throws -> EvaluationResult {
    let loss = try checked(dataset, normalization, loss, views, keepsImages: false)
    return try evaluator(images: dataset.count, views: views.count).evaluate(
      dataset, normalization: normalization, loss: loss, views: views)
  }

  /// The same with what becomes of each image.
  /// - Throws: as above.
  package func evaluateInDetail(
    _ dataset: any Dataset, normalization: Normalization, loss: Loss.Kind? = nil,
    views: PictureViews = .middle
  ) throws -> DetailedEvaluation {
    let loss = try checked(dataset, normalization, loss, views, keepsImages: true)
    return try evaluator(images: dataset.count, views: views.count).evaluateInDetail(
      dataset, normalization: normalization, loss: loss, views: views)
  }

  /// The loss that is measured, once all that it takes is there, on all ranks.
  private func checked(
    _ dataset: any Dataset, _ normalization: Normalization, _ loss: Loss.Kind?,
    _ views: PictureViews, keepsImages: Bool
  ) throws -> Loss {
    let loss = try Loss(loss ?? Loss.Kind(naturalFor: graph))
    try Trainer.checkShape(graph, dataset, loss)
    guard normalization.fits(dataset.imageShape) else {
      throw TrainingError.normalizationChannels(
        means: normalization.mean.count, dataset: dataset.name, channels: dataset.imageShape[0])
    }
    try loss.kind.requireProbabilities(for: views)
    if case .tenCrop = views { try dataset.pictures?.checkCorners() }
    try checkAllRanksAgree(dataset, normalization, views, keepsImages: keepsImages)
    return loss
  }

  /// Numbers added up from different data would look like any others.
  private func checkAllRanksAgree(
    _ dataset: any Dataset, _ normalization: Normalization, _ views: PictureViews,
    keepsImages: Bool
  ) throws {
    guard job.size > 1 else { return }
    var program = ContentDigest()
    program.add(network.name)
    program.add(UnsafeRawBufferPointer(start: parameters.base, count: parameters.byteCount))
    var scale = ContentDigest()
    scale.add(normalization.mean)
    scale.add(normalization.standardDeviation)
    scale.add(normalization.perImage?.rawValue ?? "")
    scale.add(normalization.text)
    scale.add([UInt64(views.count), keepsImages ? 1 : 0])
    let own = [try dataset.fingerprint().contents, program.value, scale.value]
    let all = try job.perform("comparing data and networks") { try $0.allGather(words: own) }
    for (index, what) in ["images", "network", "normalization"].enumerated() {
      if let rank = all.firstIndex(where: { $0[index] != all[0][index] }) {
        throw TrainingError.otherEvaluation(rank: rank, host: job.hosts[rank], what: what)
      }
    }
  }

  private func evaluator(images: Int, views: Int = 1) throws -> Evaluator {
    let evaluator = try Evaluator.reusing(
      evaluator, team: team, job: job, graph: graph, parameters: parameters,
      chunkSize: max(1, Self.chunkSize(images: images * views) / views) * views)
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
