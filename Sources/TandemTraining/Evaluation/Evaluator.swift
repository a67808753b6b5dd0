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
/// Safe to share: `states` belongs to the workers, the rest is constant.
final class Evaluator: Sendable {
  private let team: Team
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

  /// - Throws: `ExecutionError`, `MemoryError`.
  init(team: Team, graph: NetworkGraph, parameters: MemoryArena, chunkSize: Int) throws {
    self.team = team
    self.graph = graph
    self.parameters = parameters
    states = PerWorker(workers: team.workers)
    plan = try team.onFirstWorker { try Plan(graph, images: chunkSize, mode: .inference) }
  }

  /// The evaluator of an earlier call if it takes chunks of this size, else a new one: results must
  /// not depend on what was evaluated before.
  static func reusing(
    _ earlier: Evaluator?, team: Team, graph: NetworkGraph, parameters: MemoryArena, chunkSize: Int
  ) throws -> Evaluator {
    if let earlier, earlier.chunkSize == chunkSize { return earlier }
    return try Evaluator(team: team, graph: graph, parameters: parameters, chunkSize: chunkSize)
  }

  private var chunkSize: Int { plan.images }

  /// Evaluates all images of a data set with the current parameters.
  /// - Throws: `TrainingError.nonFiniteEvaluation`, `TrainingError.noImages`.
  func evaluate(
    _ dataset: any Dataset, normalization: Normalization
  ) throws -> EvaluationResult {
    guard dataset.count > 0 else {
      throw TrainingError.noImages(dataset: dataset.name, part: "test")
    }
    let loss = try SoftmaxCrossEntropy()
    let classes = graph.outputShape.elementCount
    let imageElements = graph.inputShape.elementCount
    let chunks = ChunkTable<ChunkResult>(count: chunkCount(of: dataset.count))
    try forEachChunk(of: dataset.count) { range, images in
      for (slot, index) in range.enumerated() {
        try dataset.copyImage(
          index, normalization: normalization, into: images + slot * imageElements)
      }
    } read: { chunk, range, replica, images in
      var result = ChunkResult(classes: classes)
      for (slot, index) in range.enumerated() {
        var label = dataset.label(index)
        let image = loss.evaluate(
          logits: replica.logits + slot * classes, labels: &label, images: 1, classes: classes)
        result.add(image, label: Int(label))
      }
      if !result.sum.loss.isFinite {
        let layer = try replica.findNonFinite(images: images)
        throw TrainingError.nonFiniteEvaluation(
          dataset: dataset.name, layer: layer ?? "the loss itself")
      }
      chunks[chunk] = result
    }
    return chunks.all.reduce(ChunkResult(classes: classes), +)
      .evaluation(classNames: dataset.classNames)
  }

  /// The outputs of the network for images that are normalised already.
  /// - Parameter images: `[N] + inputShape`
  /// - Returns: `[N] + outputShape`
  func logits(_ images: Tensor) throws -> Tensor {
    let count = images.shape[0]
    let imageElements = graph.inputShape.elementCount
    let outputElements = graph.outputShape.elementCount
    let chunks = ChunkTable<[Float]>(count: chunkCount(of: count))
    try forEachChunk(of: count) { range, memory in
      let elements = range.lowerBound * imageElements..<range.upperBound * imageElements
      images.elements[elements].withUnsafeBufferPointer { source in
        if let base = source.baseAddress { memory.update(from: base, count: source.count) }
      }
    } read: { chunk, range, replica, _ in
      chunks[chunk] = Array(
        UnsafeBufferPointer(start: replica.logits, count: range.count * outputElements))
    }
    return Tensor(
      shape: graph.outputShape.batched(count), elements: Array(chunks.all.joined()))
  }

  private func chunkCount(of count: Int) -> Int { (count + chunkSize - 1) / chunkSize }

  /// Fills, runs and reads all chunks, spread over the workers.
  private func forEachChunk(
    of count: Int,
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
    try team.run { [self] worker in
      let state = try state(of: worker)
      state.replica.parametersChanged()
      let images = state.images.floats()
      for chunk in stride(from: worker.index, to: chunkCount(of: count), by: worker.count) {
        let range = chunk * chunkSize..<min(count, (chunk + 1) * chunkSize)
        if range.count < chunkSize { images.update(repeating: 0, count: chunkElements) }
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

/// What is known of a chunk of images after they were evaluated.
private struct ChunkResult: Sendable {
  var sum = LossSum()
  var images: [Int]
  var correct: [Int]

  init(classes: Int) {
    images = Array(repeating: 0, count: classes)
    correct = images
  }

  mutating func add(_ image: LossSum, label: Int) {
    sum += image
    images[label] += 1
    correct[label] += image.top1
  }

  static func + (left: ChunkResult, right: ChunkResult) -> ChunkResult {
    var total = left
    total.sum += right.sum
    for label in total.images.indices {
      total.images[label] += right.images[label]
      total.correct[label] += right.correct[label]
    }
    return total
  }

  func evaluation(classNames: [String]) -> EvaluationResult {
    EvaluationResult(
      loss: sum.meanLoss, top1: sum.top1Accuracy, top5: sum.top5Accuracy, images: sum.images,
      perClass: classNames.indices.map {
        ClassAccuracy(name: classNames[$0], images: images[$0], correct: correct[$0])
      })
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

  /// In the order of the chunks.
  var all: [Result] { slots.compactMap { $0 } }
}
