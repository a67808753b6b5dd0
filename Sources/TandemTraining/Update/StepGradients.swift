import TandemNetwork
import TandemTensor

/// The gradient of one step as the optimizer got it, kept to be looked at: of the mean loss of the
/// step's images, shortened where it was to be clipped, and no weight decay in it.
///
/// Nobody else has it as a whole: buckets are summed block by block by their owners, who update the
/// parameters while a block is in the cache, and gradients of large dense layers are computed for
/// that only (`GradientExchange`). So owners leave a copy here of each block that they use.
///
/// Safe to share: `step` is set while no worker computes; a range is written by the worker that
/// updates the same range of the parameters (see `TrainingMemory`); else used by the thread that
/// runs the trainer.
final class StepGradients: @unchecked Sendable {
  /// Laid out as the parameters that steps change. What has no gradient, such as running
  /// statistics, is 0.
  let arena: MemoryArena
  private let trainedElements: Int
  /// The step whose gradient is kept, 1-based; 0 for none.
  var step = 0

  /// - Parameters:
  ///   - layout: of what steps change.
  ///   - unused: ranges of elements that nobody will touch.
  /// - Throws: `MemoryError.outOfMemory`.
  init(_ layout: ParameterLayout, unused: [Range<Int>]) throws {
    trainedElements = layout.trainedElementCount
    arena = try TrainingMemory.arena(
      max(1, layout.elementCount) * MemoryLayout<Float>.size, unused: unused,
      purpose: "gradients to look at")
  }

  /// Keeps a block, if it is of the step that is asked for.
  /// - Parameters:
  ///   - gradient: of the first element of the block.
  ///   - step: 1-based.
  func take(_ gradient: UnsafePointer<Float>, _ block: Range<Int>, step: Int) {
    if step != self.step { return }
    let trained = block.clamped(to: 0..<trainedElements)
    arena.floats(at: trained.lowerBound).update(
      from: gradient + (trained.lowerBound - block.lowerBound), count: trained.count)
  }
}
