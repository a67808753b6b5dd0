import TandemCollectives
import TandemData
import TandemExecution
import TandemNetwork
import TandemTensor

/// Forward passes over any number of images on all workers, for evaluation and prediction.
///
/// Images are taken in chunks of a fixed size, whatever the number of workers, and each result is
/// stored by its chunk, so that the numbers do not depend on how many workers there are. The last
/// chunk is filled up with zeros, whose outputs are not looked at.
///
/// In a job of several ranks each rank evaluates consecutive chunks, as many as fit its share of
/// the workers, perhaps none; the results of all chunks go to all ranks. So the numbers do not
/// depend on the ranks either, and no image counts twice.
///
/// Safe to share: `states` belongs to the workers, the rest is constant.
final class Evaluator: Sendable {
  private let team: Team
  private let job: Job
  /// This rank's workers among those of all ranks, and how many these are.
  private let jobWorkers: (own: Range<Int>, total: Int)
  private let graph: NetworkGraph
  private let parameters: MemoryArena
  private let plan: Plan
  private let states: PerWorker<State>

  /// What a worker needs; stays on its thread.
  private struct State {
    let replica: Replica
    /// `[plan.images, C, H, W]`
    let images: MemoryArena
  }

  /// All ranks of the job make their evaluators at the same place.
  ///
  /// - Throws: `ExecutionError`, `MemoryError`, `JobError`.
  init(
    team: Team, job: Job = .solo, graph: NetworkGraph, parameters: MemoryArena, chunkSize: Int
  ) throws {
    self.team = team
    self.job = job
    let workers = try job.perform("counting workers") {
      try $0.allGather(words: [UInt64(team.workers)]).map { Int($0[0]) }
    }
    let before = workers[..<job.rank].reduce(0, +)
    jobWorkers = (before..<before + team.workers, workers.reduce(0, +))
    self.graph = graph
    self.parameters = parameters
    states = PerWorker(workers: team.workers)
    plan = try team.onFirstWorker { try Plan(graph, images: chunkSize, mode: .inference) }
  }

  /// The evaluator of an earlier call if it takes chunks of this size, else a new one: results must
  /// not depend on what was evaluated before.
  static func reusing(
    _ earlier: Evaluator?, team: Team, job: Job = .solo, graph: NetworkGraph,
    parameters: MemoryArena, chunkSize: Int
  ) throws -> Evaluator {
    if let earlier, earlier.chunkSize == chunkSize { return earlier }
    return try Evaluator(
      team: team, job: job, graph: graph, parameters: parameters, chunkSize: chunkSize)
  }

  private var chunkSize: Int { plan.images }

  /// Asks for the workers' memory now, and not when there is something to evaluate.
  /// - Throws: `MemoryError`, `ExecutionError`.
  func prepare() throws {
    try team.run { [self] worker in _ = try state(of: worker) }
  }

  /// Evaluates all images of a data set with the current parameters. All ranks of the job call it
  /// at the same place, with the same data set and parameters; all get the result.
  ///
  /// - Parameter views: of each picture, whose probabilities are averaged; more than one take a
  ///   data set of pictures, a loss with probabilities, and chunks that hold all views of a
  ///   picture.
  /// - Throws: `TrainingError.nonFiniteEvaluation`, `TrainingError.noImages`,
  ///   `TrainingError.otherEvaluation`, `JobError`; on the rank concerned only.
  func evaluate(
    _ dataset: any Dataset, normalization: Normalization, loss: Loss,
    views: PictureViews = .middle
  ) throws -> EvaluationResult {
    try evaluated(dataset, normalization, loss, views, keepsImages: false)
      .result(classNames: dataset.classNames)
  }

  /// The same with what becomes of each image, in the order of the data set; all ranks get it.
  /// - Throws: as above.
  func evaluateInDetail(
    _ dataset: any Dataset, normalization: Normalization, loss: Loss, views: PictureViews
  ) throws -> DetailedEvaluation {
    let total = try evaluated(dataset, normalization, loss, views, keepsImages: true)
    return DetailedEvaluation(
      result: total.result(classNames: dataset.classNames), images: total.details)
  }

  private func evaluated(
    _ dataset: any Dataset, _ normalization: Normalization, _ loss: Loss, _ views: PictureViews,
    keepsImages: Bool
  ) throws -> EvaluationPart {
    guard dataset.count > 0 else {
      throw TrainingError.noImages(dataset: dataset.name, part: "test")
    }
    let outputs = graph.outputShape.elementCount
    // A single output may stand for two classes.
    let classes = max(outputs, dataset.classNames.count)
    let imageElements = graph.inputShape.elementCount
    let views = (all: views, count: views.count)
    let chunkCount = chunkCount(of: dataset.count, views: views.count)
    let chunks = ChunkTable<EvaluationPart>(count: chunkCount)
    job.activity.set(.evaluating, step: job.activity.entry.step)
    try forEachChunk(
      ownChunks(of: chunkCount), of: dataset.count, views: views.count
    ) { range, images in
      for (slot, index) in range.enumerated() {
        try dataset.readViews(
          views.all, of: index, normalization: normalization,
          into: images + slot * views.count * imageElements)
      }
    } read: { chunk, range, replica, images in
      var part = EvaluationPart(classes: classes, chunks: 1)
      for (slot, index) in range.enumerated() {
        var label = dataset.label(index)
        let logits = UnsafeBufferPointer(
          start: replica.logits + slot * views.count * outputs, count: views.count * outputs)
        loss.kind.withPooled(logits, views: views.count) { pooled in
          let sum = loss.evaluate(logits: pooled, labels: &label, images: 1, outputs: outputs)
          part.add(sum, label: Int(label))
          guard keepsImages else { return }
          part.keep(
            EvaluatedImage(
              outputs: UnsafeBufferPointer(start: pooled, count: outputs), label: Int(label),
              loss: sum.loss, of: loss.kind))
        }
      }
      if !part.isFinite {
        let layer = try replica.findNonFinite(images: images)
        throw TrainingError.nonFiniteEvaluation(
          dataset: dataset.name, layer: layer ?? "the loss itself")
      }
      chunks[chunk] = part
    }
    let own = chunks.all.reduce(into: EvaluationPart(classes: classes)) { $0.append($1) }
    return try gathered(
      own, classes: classes, chunks: chunkCount, images: dataset.count, keepsImages)
  }

  /// The parts of all ranks, in the order of their chunks.
  private func gathered(
    _ own: EvaluationPart, classes: Int, chunks: Int, images: Int, _ keepsImages: Bool
  ) throws -> EvaluationPart {
    let parts = try job.perform("gathering the results of an evaluation") {
      try $0.allGather(words: own.words)
    }
    var total = EvaluationPart(classes: classes)
    for (rank, words) in parts.enumerated() {
      guard let part = EvaluationPart(words: words, classes: classes) else {
        throw TrainingError.otherEvaluation(rank: rank, host: job.hosts[rank], what: "images")
      }
      total.append(part)
    }
    guard total.chunks == chunks, total.imageCount == images else {
      throw TrainingError.otherEvaluation(
        rank: job.rank, host: job.hosts[job.rank], what: "images")
    }
    guard keepsImages else { return total }
    let details = try job.perform("gathering what became of each image") {
      try $0.allGather(words: own.details.flatMap(\.words))
    }
    for words in details {
      for start in stride(from: 0, to: words.count, by: EvaluatedImage.wordCount) {
        total.keep(EvaluatedImage(words: words[start..<start + EvaluatedImage.wordCount]))
      }
    }
    return total
  }

  /// The outputs of the network for images that are normalised already. Each rank of a job computes
  /// all that it is asked for.
  ///
  /// - Parameter images: `[N] + inputShape`
  /// - Returns: `[N] + outputShape`; what is not a number for images of which some pixel is not, as
  ///   in PyTorch. oneDNN's ReLUs and poolings at inference make zeros of it, and so plausible
  ///   outputs.
  func logits(_ images: Tensor) throws -> Tensor {
    let imageElements = graph.inputShape.elementCount
    return try outputs(of: images.shape[0]) { range, memory in
      let elements = range.lowerBound * imageElements..<range.upperBound * imageElements
      images.elements[elements].withUnsafeBufferPointer { source in
        if let base = source.baseAddress { memory.update(from: base, count: source.count) }
      }
    }
  }

  /// The outputs of the network for all images of a data set. Each rank of a job computes all.
  ///
  /// - Returns: `[N] + outputShape`
  /// - Throws: what the data set throws.
  func outputs(_ dataset: any Dataset, normalization: Normalization) throws -> Tensor {
    let imageElements = graph.inputShape.elementCount
    return try outputs(of: dataset.count) { range, memory in
      for (slot, index) in range.enumerated() {
        try dataset.readImage(
          index, normalization: normalization, into: memory + slot * imageElements)
      }
    }
  }

  /// - Parameter fill: puts some of the images into memory.
  private func outputs(
    of count: Int,
    fill:
      @escaping @Sendable (
        _ range: Range<Int>, _ images: UnsafeMutablePointer<Float>
      ) throws -> Void
  ) throws -> Tensor {
    let imageElements = graph.inputShape.elementCount
    let outputElements = graph.outputShape.elementCount
    let outputs = try MemoryArena(
      byteCount: count * outputElements * MemoryLayout<Float>.size, purpose: "outputs", use: .data)
    try forEachChunk(0..<chunkCount(of: count), of: count, fill: fill) {
      _, range, replica, images in
      let result = outputs.floats(at: range.lowerBound * outputElements)
      result.update(from: replica.logits, count: range.count * outputElements)
      for place in 0..<range.count {
        let pixels = UnsafeBufferPointer(
          start: images + place * imageElements, count: imageElements)
        if pixels.contains(where: \.isNaN) {
          (result + place * outputElements).update(repeating: .nan, count: outputElements)
        }
      }
    }
    let shape = graph.outputShape.batched(count)
    let elements = UnsafeBufferPointer(start: outputs.floats(), count: shape.elementCount)
    try MemoryLimits.require(
      bytes: elements.count * MemoryLayout<Float>.size, purpose: "outputs")
    return Tensor(shape: shape, elements: Array(elements))
  }

  private func chunkCount(of count: Int, views: Int = 1) -> Int {
    let images = chunkSize / views
    return (count + images - 1) / images
  }

  /// The chunks that this rank evaluates.
  private func ownChunks(of chunks: Int) -> Range<Int> {
    func cut(_ worker: Int) -> Int { chunks * worker / jobWorkers.total }
    return cut(jobWorkers.own.lowerBound)..<cut(jobWorkers.own.upperBound)
  }

  /// Fills, runs and reads some of the chunks of `count` images, spread over the workers.
  /// - Parameter views: rows of the network's input for each image.
  private func forEachChunk(
    _ chunks: Range<Int>, of count: Int, views: Int = 1,
    fill:
      @escaping @Sendable (
        _ range: Range<Int>, _ images: UnsafeMutablePointer<Float>
      ) throws -> Void,
    read:
      @escaping @Sendable (
        _ chunk: Int, _ range: Range<Int>, _ replica: Replica, _ images: UnsafePointer<Float>
      ) throws -> Void
  ) throws {
    let chunkElements = chunkSize * graph.inputShape.elementCount
    let chunkImages = chunkSize / views
    precondition(chunkImages > 0, "all views of an image are in one chunk")
    try team.run { [self] worker in
      let state = try state(of: worker)
      state.replica.parametersChanged()
      let images = state.images.floats()
      for chunk in stride(
        from: chunks.lowerBound + worker.index, to: chunks.upperBound, by: worker.count)
      {
        let range = chunk * chunkImages..<min(count, (chunk + 1) * chunkImages)
        if range.count * views < chunkSize { images.update(repeating: 0, count: chunkElements) }
        try fill(range, images)
        try state.replica.forward(images: images, dropout: nil)
        try read(chunk, range, state.replica, images)
      }
    }
  }

  private func state(of worker: Worker) throws -> State {
    if let state = states[worker] { return state }
    let bytes = chunkSize * graph.inputShape.elementCount * MemoryLayout<Float>.size
    let state = State(
      replica: try Replica(plan: plan, parameters: parameters.floats()),
      images: try MemoryArena(byteCount: bytes, purpose: "images to evaluate"))
    states[worker] = state
    return state
  }
}

/// A result for each chunk.
///
/// Safe to share: each slot is written by the one worker that has the chunk, and read after the
/// region.
private final class ChunkTable<Result>: @unchecked Sendable {
  private let slots: UnsafeMutableBufferPointer<Result?>

  init(count: Int) {
    slots = .allocate(capacity: count)
    slots.initialize(repeating: nil)
  }

  deinit {
    slots.deinitialize().deallocate()
  }

  subscript(chunk: Int) -> Result? {
    get { slots[chunk] }
    set { slots[chunk] = newValue }
  }

  /// The results in the order of the chunks.
  var all: [Result] { slots.compactMap { $0 } }
}
