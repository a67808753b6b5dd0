import CKernels
import TandemNetwork
import TandemTensor

/// An average of the parameters of many steps or epochs, running statistics included. Frozen
/// parameters are in it as they are.
///
/// Batch normalization's running statistics are averaged as the weights are, as timm does it; they
/// are not measured again with the averaged weights.
///
/// Safe to share: where it follows steps, a range is written by the worker that updates the same
/// range of the parameters, at the same time (see `TrainingMemory`); else by the thread that runs
/// the trainer.
package final class ParameterAverage: @unchecked Sendable {
  /// Laid out as the parameters.
  package let arena: MemoryArena
  private let layout: ParameterLayout
  private let share: Float

  /// - Parameters:
  ///   - layout: of all parameters.
  ///   - decay: how much of the average is left after a step, 0…1.
  ///   - unused: ranges of elements that nobody will touch.
  ///   - purpose: what the memory is for.
  /// - Throws: `MemoryError.outOfMemory`.
  init(
    _ layout: ParameterLayout, decay: Double = 0, unused: [Range<Int>] = [], purpose: String
  ) throws {
    self.layout = layout
    share = Float(1 - decay)
    arena = try TrainingMemory.arena(
      layout.elementCount * MemoryLayout<Float>.size, unused: unused, purpose: purpose,
      use: .parameters)
  }

  /// Takes over what steps do not change.
  func takeFrozen(_ parameters: MemoryArena) {
    copy(parameters, layout.changingElementCount..<layout.elementCount)
  }

  /// Follows a range of the parameters after a step, which are the average after the first one:
  /// `torch.optim.swa_utils.AveragedModel` with `get_ema_multi_avg_fn`.
  /// - Parameter step: 1-based.
  func follow(_ parameters: MemoryArena, _ range: Range<Int>, step: Int) {
    if step == 1 { return copy(parameters, range) }
    tandem_follow(
      arena.floats(at: range.lowerBound), parameters.floats(at: range.lowerBound), share,
      range.count)
  }

  /// Takes one more of equally weighted parameters into a mean.
  /// - Parameter count: how many there are with it.
  func add(_ parameters: MemoryArena, count: Int) {
    let all = 0..<layout.elementCount
    if count == 1 { return copy(parameters, all) }
    tandem_follow(arena.floats(), parameters.floats(), Float(1 / Double(count)), all.count)
  }

  /// Exchanges the average and the parameters, in place.
  func swap(_ parameters: MemoryArena) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: Blocks.elements) { memory in
      guard let memory = memory.baseAddress else { return }
      Blocks.forEach(of: 0..<layout.elementCount) { block in
        let (own, other) = (
          arena.floats(at: block.lowerBound), parameters.floats(at: block.lowerBound)
        )
        memory.update(from: own, count: block.count)
        own.update(from: other, count: block.count)
        other.update(from: memory, count: block.count)
      }
    }
  }

  private func copy(_ parameters: MemoryArena, _ range: Range<Int>) {
    arena.floats(at: range.lowerBound).update(
      from: parameters.floats(at: range.lowerBound), count: range.count)
  }
}
