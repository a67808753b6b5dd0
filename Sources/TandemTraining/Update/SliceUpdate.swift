import CKernels
import TandemCollectives
import TandemExecution
import TandemTensor

/// Lets parameters follow their gradient, and running statistics those of the step, one block at a
/// time.
///
/// Ownership: belongs to one thread; what it writes to is in `TrainingMemory`.
package struct SliceUpdate {
  private let memory: TrainingMemory
  private let optimizer: AnyOptimizer
  /// The same one, with the weight decay of normalizations and biases.
  private let normOptimizer: AnyOptimizer
  /// A gradient of a block that is not to be kept.
  let scratch: UnsafeMutablePointer<Float>
  private let scratchArena: MemoryArena
  /// Addresses of the optimizer's state for one block, kept so that no block allocates.
  private var state: [UnsafeMutablePointer<Float>]
  /// Notes when parameters are updated.
  private let timeline: Timeline?
  private let runningStatistics: [(range: Range<Int>, momentum: Float)]
  /// nil where parameters are as the optimizer leaves them.
  private let rounding: ChangeRounding?
  /// How gradients travel, or would.
  let wire: WireFormat

  /// - Parameters:
  ///   - wire: decides whether the changes of parameters are rounded.
  ///   - changes: where they go then; nil if nobody asks for them.
  /// - Throws: `MemoryError.outOfMemory`.
  package init(
    _ memory: TrainingMemory, _ optimizer: AnyOptimizer, wire: WireFormat,
    changes: UnsafeMutablePointer<BFloat16Bits>? = nil, timeline: Timeline? = nil
  ) throws {
    self.wire = wire
    rounding =
      wire == .bfloat16 ? try ChangeRounding(memory.parameters.floats(), changes: changes) : nil
    self.memory = memory
    self.timeline = timeline
    self.optimizer = optimizer
    normOptimizer = memory.rates.normDecay.flatMap(optimizer.decaying) ?? optimizer
    scratchArena = try MemoryArena(
      byteCount: max(
        Blocks.elements, memory.factored.weights.map(\.blockElements).max() ?? 0)
        * MemoryLayout<Float>.size,
      purpose: "gradients of a block")
    scratch = scratchArena.floats()
    state = memory.optimizerState.map { $0.floats() }
    runningStatistics = memory.layout.statisticEntries.compactMap { entry in
      guard case .runningStatistic(let momentum) = entry.parameter.role else { return nil }
      return (entry.range, momentum)
    }
  }

  /// - Parameter gradient: of the first element of the block.
  mutating func update(
    _ block: Range<Int>, gradient: UnsafePointer<Float>, learningRate: Float, step: Int
  ) {
    memory.stepGradients?.take(gradient, block, step: step)
    let begin = timeline.map { _ in Timeline.now }
    defer {
      // After the rounding of changes: what all ranks have.
      memory.average?.follow(memory.parameters, block, step: step)
      if let begin { timeline?.addUpdate(from: begin) }
    }
    guard let rounding else {
      apply(gradient, block, learningRate: learningRate, step: step)
      return
    }
    Blocks.forEach(of: block) { part in
      rounding.begin(part)
      apply(
        gradient + (part.lowerBound - block.lowerBound), part, learningRate: learningRate,
        step: step)
      rounding.end(part)
    }
  }

  /// The same with the sum of all shards' gradients.
  mutating func update(_ block: Range<Int>, _ shards: inout ShardSum, _ step: StepContext) {
    let gradient: UnsafePointer<Float>
    if let single = shards.single(shards: step.activeShards, range: block) {
      gradient = single
    } else {
      shards.sum(shards: step.activeShards, range: block, into: scratch)
      gradient = UnsafePointer(scratch)
    }
    update(block, gradient: gradient, learningRate: step.learningRate, step: step.step)
  }

  private mutating func apply(
    _ gradient: UnsafePointer<Float>, _ block: Range<Int>, learningRate: Float, step: Int
  ) {
    let layout = memory.layout
    let trained = block.clamped(to: 0..<layout.trainedElementCount)
    let changed = memory.changedOptimizer
    let (optimizer, normOptimizer) =
      changed.map { ($0.common, $0.norm) } ?? (optimizer, normOptimizer)
    memory.rates.forEach(in: trained) { range, scale, hasNormDecay in
      for index in state.indices {
        state[index] = memory.optimizerState[index].floats(at: range.lowerBound)
      }
      (hasNormDecay ? normOptimizer : optimizer).update(
        parameters: memory.parameters.floats(at: range.lowerBound),
        gradients: gradient + (range.lowerBound - block.lowerBound),
        state: state, count: range.count,
        learningRate: min(learningRate * scale, .greatestFiniteMagnitude), step: step)
    }
    if block.upperBound > layout.trainedElementCount { follow(gradient, in: block) }
  }

  /// The same for a block of weights of which there are only the factors of their gradient.
  mutating func updateFactored(_ index: Int, _ block: Range<Int>, _ step: StepContext) {
    let begin = timeline.map { _ in Timeline.now }
    memory.factored.computeGradient(index, of: block, images: step.images, into: scratch)
    if let begin {
      timeline?.add(
        .weightGradient(index, elements: block.count, images: step.images), from: begin)
    }
    update(block, gradient: scratch, learningRate: step.learningRate, step: step.step)
  }

  /// Lets running statistics follow those of the step.
  private func follow(_ statistics: UnsafePointer<Float>, in block: Range<Int>) {
    for entry in runningStatistics where entry.range.overlaps(block) {
      let range = entry.range.clamped(to: block)
      tandem_running_statistic(
        memory.parameters.floats(at: range.lowerBound),
        statistics + (range.lowerBound - block.lowerBound), entry.momentum, range.count)
    }
  }

  /// The same by a rule that needed the whole gradient.
  /// - Parameter index: of the block among those of `GradientNorms`.
  mutating func update(
    _ block: Range<Int>, index: Int, gradient: UnsafePointer<Float>, rule: UpdateRule, step: Int
  ) {
    var gradient = gradient
    if let factor = rule.factor, block.lowerBound < memory.layout.trainedElementCount {
      tandem_scale(scratch, gradient, factor, block.count)
      gradient = UnsafePointer(scratch)
    }
    update(block, gradient: gradient, learningRate: rule.rate(ofBlock: index), step: step)
  }
}
