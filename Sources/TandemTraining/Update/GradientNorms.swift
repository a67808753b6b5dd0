import CKernels
import Foundation
import TandemCollectives
import TandemNetwork
import TandemTensor

/// What must be known of the whole gradient of a step before it can be used: its norm, to clip it
/// by (Pascanu et al. 2013, https://arxiv.org/abs/1211.5063, as `torch.nn.utils.clip_grad_norm_`
/// does it), and the norms of each parameter and its gradient, for optimizers such as LARS.
///
/// Sums of squares are formed block by block, by whoever owns a block, and added in the order of
/// the blocks: so norms are the same for any number of workers and ranks.
///
/// Safe to share: the squares of a block are written by its owner, and read by others after a
/// barrier or an exchange between ranks.
package final class GradientNorms: @unchecked Sendable {
  /// Sums of squares of one block.
  struct Squares: Hashable, Sendable {
    var gradient = 0.0
    var weights = 0.0
  }

  let blocks: NormBlocks
  /// The squares of each block.
  let squares: UnsafeMutableBufferPointer<Squares>
  private let layout: ParameterLayout
  private let optimizer: AnyOptimizer
  private let clipNorm: Float?
  private let toleratesNonFinite: Bool

  /// Whether gradients cannot be used bucket by bucket.
  package static func areNeeded(optimizer: AnyOptimizer, clipNorm: Float?) -> Bool {
    clipNorm != nil || optimizer.layerwise != nil
  }

  /// nil where gradients can be used bucket by bucket.
  ///
  /// - Parameters:
  ///   - sources: which shards have gradients of which elements, where not all have those of all.
  ///   - toleratesNonFinite: whether gradients that are not finite end nothing.
  package init?(
    _ layout: ParameterLayout, optimizer: AnyOptimizer, clipNorm: Float?,
    sources: [GradientSource] = [], toleratesNonFinite: Bool = false
  ) {
    guard Self.areNeeded(optimizer: optimizer, clipNorm: clipNorm) else { return nil }
    self.layout = layout
    self.optimizer = optimizer
    self.clipNorm = clipNorm
    self.toleratesNonFinite = toleratesNonFinite
    blocks = NormBlocks(layout, cuts: sources.map(\.range.lowerBound))
    squares = .allocate(capacity: blocks.count)
    squares.initialize(repeating: Squares())
  }

  deinit {
    squares.deallocate()
  }

  /// Sums up one block.
  ///
  /// - Parameters:
  ///   - gradient: of the first element of the block.
  ///   - memory: of the parameters and the optimizer's state.
  ///   - step: 1-based.
  func measure(
    _ block: Int, gradient: UnsafePointer<Float>, _ memory: TrainingMemory, step: Int
  ) {
    let range = blocks[block]
    // Running statistics have no gradient.
    if range.lowerBound >= layout.trainedElementCount { return }
    guard let layerwise = optimizer.layerwise else {
      squares[block].gradient = tandem_sum_of_squares(gradient, range.count)
      return
    }
    let parameters = memory.parameters.floats(at: range.lowerBound)
    squares[block].weights = tandem_sum_of_squares(parameters, range.count)
    if layerwise.movesAlongGradient {
      squares[block].gradient = tandem_sum_of_squares(gradient, range.count)
      return
    }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: range.count) { direction in
      guard let direction = direction.baseAddress else { return }
      layerwise.direction(
        direction, parameters: parameters, gradients: gradient,
        state: memory.optimizerState.map { $0.floats(at: range.lowerBound) }, count: range.count,
        step: step)
      squares[block].gradient = tandem_sum_of_squares(direction, range.count)
    }
  }

  /// How the parameters follow the gradient, once the squares of all blocks are known.
  /// - Throws: `TrainingError.nonFiniteGradient`, `TrainingError.nonFiniteParameter`.
  func updateRule(_ step: StepContext) throws -> UpdateRule {
    var sums = layout.entries.map { _ in Squares() }
    var total = 0.0
    for (index, entry) in layout.entries.enumerated() {
      for block in blocks.blocks(ofParameter: index) {
        sums[index].gradient += squares[block].gradient
        sums[index].weights += squares[block].weights
        total += squares[block].gradient
      }
      if toleratesNonFinite { continue }
      guard sums[index].gradient.isFinite else {
        throw TrainingError.nonFiniteGradient(
          step: step.step, epoch: step.epoch + 1, parameter: entry.name)
      }
      guard sums[index].weights.isFinite else {
        throw TrainingError.nonFiniteParameter(step: step.step - 1, parameter: entry.name)
      }
    }
    let factor = clipNorm.map { Float(min(1, Double($0) / (total.squareRoot() + 1e-6))) }
    guard let layerwise = optimizer.layerwise else {
      return UpdateRule(factor: factor, commonRate: step.learningRate, rates: nil)
    }
    let rates = sums.map {
      layerwise.learningRate(
        step.learningRate, weightNorm: $0.weights.squareRoot(),
        gradientNorm: $0.gradient.squareRoot() * Double(factor ?? 1))
    }
    return UpdateRule(
      factor: factor, commonRate: step.learningRate,
      rates: layout.entries.indices.flatMap { index in
        blocks.blocks(ofParameter: index).map { _ in rates[index] }
      })
  }
}
