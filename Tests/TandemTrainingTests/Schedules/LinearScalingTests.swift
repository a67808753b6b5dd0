import TandemTraining
import Testing

@Suite struct LinearScalingTests {
  /// The paper's rates, 0.1 for 256 images: table 1 and figure 1 of Goyal et al. 2017 and its 8k.
  @Test(arguments: [(256, 0.1), (128, 0.05), (1024, 0.4), (8192, 3.2)])
  func ratesOfThePaper(batchSize: Int, rate: Double) {
    let scaled = LinearScaling(batchSize: batchSize).learningRate(0.1)
    #expect(scaled == Float(rate))
  }

  @Test func accumulatedBatchesCount() {
    let scaling = LinearScaling(batchSize: 32, accumulatedBatches: 8, referenceBatchSize: 64)
    #expect(scaling.effectiveBatchSize == 256)
    #expect(scaling.factor == 4)
    #expect(scaling.learningRate(0.5) == 2)
  }

  /// 8192 images, 3 steps per epoch: from 0.1 to 3.2 in 15 equal steps.
  @Test func warmsUpFromTheUnscaledRate() throws {
    let scaling = LinearScaling(batchSize: 8192)
    #expect(scaling.warmUpSteps(stepsPerEpoch: 3) == 15)
    #expect(scaling.warmUpStart == 1.0 / 32)
    let schedule = try Schedule(
      ConstantSchedule(), warmUpSteps: scaling.warmUpSteps(stepsPerEpoch: 3),
      warmUpStart: scaling.warmUpStart)
    for step in 0..<20 {
      let rate = schedule.learningRate(
        base: scaling.learningRate(0.1), step: step, stepsPerEpoch: 3, totalSteps: 60)
      let expected = 0.1 + (3.2 - 0.1) * Double(min(step, 15)) / 15
      #expect(abs(Double(rate) - expected) < 1e-6)
    }
  }

  @Test func smallerBatchesNeedNoWarmUp() {
    for batchSize in [64, 256] {
      let scaling = LinearScaling(batchSize: batchSize)
      #expect(scaling.warmUpSteps(stepsPerEpoch: 10) == 0)
      #expect(scaling.warmUpStart == 1)
    }
  }
}
