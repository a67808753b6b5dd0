import Foundation
import TandemInsight
import Testing

@Suite struct LearningRateCurveTests {
  /// A loss that falls around 0.01, is lowest at 0.4 and then rises steeply.
  private func losses(noise: Double = 0) -> [(learningRate: Double, loss: Double)] {
    (0..<200).map { step in
      let rate = 1e-5 * pow(1e5, Double(step) / 199)
      let fallen = 2.3 - 2 / (1 + exp(-3 * (log10(rate) + 2)))
      let risen = pow(rate / 0.8, 4)
      let wave = noise * sin(Double(step) * 1.7)
      return (rate, fallen + risen + wave)
    }
  }

  @Test func aTenthOfTheLowest() throws {
    let curve = LearningRateCurve(losses())
    let lowest = curve.points[curve.lowest].learningRate
    #expect((0.2...0.6).contains(lowest))
    let rate = try #require(curve.learningRate)
    #expect(abs(rate - lowest / 10) < 0.06 * rate)
    let steepest = curve.points[curve.steepest].learningRate
    #expect((0.007...0.014).contains(steepest), "\(steepest)")
    #expect(!curve.endsFalling)
  }

  /// The smoothing has no lag, and noise of single steps moves little.
  @Test func noiseMovesLittle() throws {
    let clean = try #require(LearningRateCurve(losses()).learningRate)
    let noisy = try #require(LearningRateCurve(losses(noise: 0.1)).learningRate)
    #expect(noisy / clean < 1.5 && clean / noisy < 1.5, "\(noisy), \(clean)")
  }

  @Test func aLossThatDoesNotFallNamesNone() {
    let curve = LearningRateCurve(
      (0..<50).map { (pow(10, Double($0) / 10 - 5), 2.3 + Double($0) * 0.01) })
    #expect(curve.learningRate == nil && curve.lowest == 0 && curve.fall == 0)
  }

  @Test func aLossThatStillFallsSaysSo() {
    let curve = LearningRateCurve(
      (0..<50).map { (pow(10, Double($0) / 10 - 5), 2.3 - Double($0) * 0.01) })
    #expect(curve.endsFalling && curve.learningRate != nil)
  }

  /// Whether the last of some losses is the first that has run away.
  private func divergesAtLast(_ losses: [Double]) -> Bool {
    var watch = DivergenceWatch()
    return losses.map { watch.add($0) } == losses.dropLast().map { _ in false } + [true]
  }

  @Test func divergenceIsFourTimesTheLowestMean() {
    let quiet = Array(repeating: 1.0, count: 100)
    #expect(!divergesAtLast(quiet))
    // The mean has to get there, and not a single step.
    #expect(!divergesAtLast(quiet + [10]))
    let steps = (1...60).filter { divergesAtLast(quiet + Array(repeating: 10, count: $0)) }
    #expect(steps.count == 1 && (15...35).contains(steps[0]), "\(steps)")
    #expect(divergesAtLast([2, .nan]) && divergesAtLast([.infinity]))
  }

  /// By hand: after losses 1 and 6 the mean is (0.98·0.02·1 + 0.02·6) / (1 − 0.98²) = 3.525.
  @Test func meansHaveNoBias() {
    for (second, diverges) in [(6.0, false), (7.2, true)] {
      #expect(divergesAtLast([1, second]) == diverges)
    }
  }
}
