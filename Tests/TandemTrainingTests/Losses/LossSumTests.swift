import TandemTraining
import Testing

@Suite struct LossSumTests {
  @Test func sumsAndMeans() {
    var sum = LossSum(loss: 6, top1: 1, top5: 3, images: 4)
    sum += LossSum(loss: 2, top1: 1, top5: 1, images: 1)
    #expect(sum == LossSum(loss: 8, top1: 2, top5: 4, images: 5))
    #expect(sum.meanLoss == 1.6)
    #expect(sum.top1Accuracy == 0.4)
    #expect(sum.top5Accuracy == 0.8)
  }

  @Test func withoutImagesThereIsNoMean() {
    #expect(LossSum().meanLoss.isNaN)
    #expect(LossSum().top1Accuracy.isNaN)
  }
}
