import TandemExecution
import TandemTraining
import Testing

@Suite(.enabled(if: (try? Precision.bfloat16.check()) != nil, "oneDNN has no bfloat16 here"))
struct BFloat16TrainingTests {
  /// With stored gradients, with factored ones, and with gradients that are added up.
  @Test(arguments: [(Int.max, Int?.none), (1, nil), (1, 3)])
  func learnsAsInFloat32(leastFactoredElements: Int, microBatchSize: Int?) throws {
    func train(_ precision: Precision) throws -> (losses: [Double], bits: [UInt32]) {
      let recorder = Recorder()
      let trainer = try makeTrainer(quartersPair(train: 200), observers: [recorder]) {
        $0.epochs = 6
        $0.precision = precision
        $0.optimizer = AnyOptimizer(SGD(momentum: 0.9))
        $0.learningRate = 0.05
        $0.leastFactoredElements = leastFactoredElements
        $0.microBatchSize = microBatchSize
      }
      _ = try trainer.run()
      return (recorder.epochs.map(\.trainLoss), bits(trainer))
    }
    let expected = try train(.float32)
    let actual = try train(.bfloat16)
    #expect(actual.bits != expected.bits)
    #expect(expected.losses[5] < 0.7 * expected.losses[0])
    for (a, b) in zip(actual.losses, expected.losses) {
      #expect(abs(a - b) < 0.05 * expected.losses[0])
    }
  }
}
