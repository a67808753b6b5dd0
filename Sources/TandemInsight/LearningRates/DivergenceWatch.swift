import Foundation

/// Whether a loss has run away while the learning rate rose, as fastai decides it: its exponential
/// mean (of weight 0.98, without the bias of its start) is more than four times the lowest one.
package struct DivergenceWatch: Sendable {
  private static let weight = 0.98
  private static let factor = 4.0

  private var mean = 0.0
  private var steps = 0
  private var lowest = Double.infinity

  package init() {}

  /// Takes the loss of the next step.
  /// - Returns: whether it has run away.
  package mutating func add(_ loss: Double) -> Bool {
    guard loss.isFinite else { return true }
    steps += 1
    mean = Self.weight * mean + (1 - Self.weight) * loss
    let unbiased = mean / (1 - pow(Self.weight, Double(steps)))
    if steps > 1, unbiased > Self.factor * lowest { return true }
    lowest = min(lowest, unbiased)
    return false
  }
}
