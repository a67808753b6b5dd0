import Foundation
import TandemTraining
import Testing

@Suite struct AdamWTests {
  /// Without a gradient AdamW only shrinks, by 1 - rate·λ in every step.
  @Test func withoutGradientsOnlyDecayActs() {
    let result = OptimizerRun.constant(
      AdamW(weightDecay: 0.5), parameters: [1, -2, 0.5], gradients: [0, 0, 0],
      learningRate: 0.5, steps: 3)
    #expect(result == [1, -2, 0.5].map { $0 * 0.75 * 0.75 * 0.75 })
  }

  /// With a constant gradient, p ← a·p - c with a = 1 - rate·λ and c = rate·sign(g).
  @Test(arguments: [1, 2, 10])
  func decayAndStepAlternate(steps: Int) {
    let (rate, decay) = (0.01, 0.2)
    let initial = [1, -2, 0.5]
    let gradients = [0.25, 1, -3]
    let result = OptimizerRun.constant(
      AdamW(weightDecay: decay), parameters: initial.map(Float.init),
      gradients: gradients.map(Float.init), learningRate: Float(rate), steps: steps)
    let factor = pow(1 - rate * decay, Double(steps))
    let expected = zip(initial, gradients).map {
      factor * $0 - (1 - factor) / decay * ($1 < 0 ? -1 : 1)
    }
    #expect(worstDifference(result, expected) < 2e-6)
  }

  @Test func defaultDecayIsPyTorchs() {
    #expect(AdamW().weightDecay == 0.01)
  }
}
