import CKernels
import TandemTensor

/// Lets parameters follow their gradient, one block at a time.
///
/// Ownership: belongs to one thread; what it writes to is in `TrainingMemory`.
struct SliceUpdate {
  private let memory: TrainingMemory
  private let optimizer: AnyOptimizer
  /// A gradient of a block that is not to be kept.
  let scratch: UnsafeMutablePointer<Float>
  private let scratchArena: MemoryArena
  /// Addresses of the optimizer's state for one block, kept so that no block allocates.
  private var state: [UnsafeMutablePointer<Float>]

  /// - Throws: `MemoryError.outOfMemory`.
  init(_ memory: TrainingMemory, _ optimizer: AnyOptimizer) throws {
    self.memory = memory
    self.optimizer = optimizer
    scratchArena = try MemoryArena(
      byteCount: ExchangeBlocks.elements * MemoryLayout<Float>.size, purpose: "sums of gradients")
    scratch = scratchArena.floats()
    state = memory.optimizerState.map { $0.floats() }
  }

  /// - Parameter gradient: of the first element of the block.
  mutating func update(
    _ block: Range<Int>, gradient: UnsafePointer<Float>, learningRate: Float, step: Int
  ) {
    for index in state.indices {
      state[index] = memory.optimizerState[index].floats(at: block.lowerBound)
    }
    optimizer.update(
      parameters: memory.parameters.floats(at: block.lowerBound), gradients: gradient,
      state: state, count: block.count, learningRate: learningRate, step: step)
  }

  /// The same by a rule that needed the whole gradient.
  /// - Parameter index: of the block among those of `GradientNorms`.
  mutating func update(
    _ block: Range<Int>, index: Int, gradient: UnsafePointer<Float>, rule: UpdateRule, step: Int
  ) {
    var gradient = gradient
    if let factor = rule.factor {
      tandem_scale(scratch, gradient, factor, block.count)
      gradient = UnsafePointer(scratch)
    }
    update(block, gradient: gradient, learningRate: rule.rate(ofBlock: index), step: step)
  }
}
