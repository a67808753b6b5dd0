import TandemTraining
import Testing

/// Cosine and polynomial: they run from the end of the warm-up to the end of the training.
@Suite struct StepwiseSchedulesTests {
  @Test func cosine() throws {
    let schedule = try Schedule(CosineSchedule())
    let half = 0.5.squareRoot()
    let expected = [1, (1 + half) / 2, 0.5, (1 - half) / 2]
    #expect(worstDifference(rates(schedule, steps: 4), expected) < 1e-7)
    let above = try Schedule(CosineSchedule(minimum: 0.5))
    #expect(
      worstDifference(rates(above, steps: 4), expected.map { 0.5 + $0 / 2 }) < 1e-7)
  }

  @Test func polynomial() throws {
    let linear = try Schedule(PolynomialSchedule())
    #expect(rates(linear, steps: 4) == [1, 0.75, 0.5, 0.25])
    let square = try Schedule(PolynomialSchedule(power: 2, minimum: 0.5))
    #expect(rates(square, steps: 4) == [1, 0.5 + 0.5 * 0.5625, 0.625, 0.53125])
  }

  @Test func epochsDoNotMatter() throws {
    let schedule = try Schedule(PolynomialSchedule())
    #expect(rates(schedule, steps: 4, stepsPerEpoch: 2) == [1, 0.75, 0.5, 0.25])
  }

  @Test func theShapeStartsAfterTheWarmUp() throws {
    let schedule = try Schedule(PolynomialSchedule(), warmUpSteps: 2, warmUpStart: 0.5)
    #expect(rates(schedule, steps: 6) == [0.5, 0.75, 1, 0.75, 0.5, 0.25])
  }

  @Test func pastTheEndTheMinimumStays() throws {
    let schedule = try Schedule(PolynomialSchedule(power: 2, minimum: 0.25))
    #expect(rates(schedule, steps: 4, totalSteps: 2) == [1, 0.4375, 0.25, 0.25])
  }
}
