import Foundation

/// The rate rises from the base rate by the same factor in each step, to find out how high it may
/// be (Smith 2017, section 3.3, https://arxiv.org/abs/1506.01186; exponentially as in fastai's
/// `lr_find`).
package struct RateRise: ScheduleShape {
  package static let name = "lr-find"

  /// The rate of the last step, in parts of the base rate.
  private let factor: Double
  private let steps: Int

  /// - Parameters:
  ///   - factor: the last rate divided by the first, above 1.
  ///   - steps: at least 2.
  package init(factor: Double, steps: Int) {
    precondition(factor > 1 && steps > 1, "the rate rises")
    self.factor = factor
    self.steps = steps
  }

  package func learningRate(base: Double, at progress: ScheduleProgress) -> Double {
    base * pow(factor, Double(min(progress.step, steps - 1)) / Double(steps - 1))
  }
}
