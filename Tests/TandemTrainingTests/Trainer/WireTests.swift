import TandemCollectives
import TandemData
import TandemNetwork
import TandemTraining
import Testing

/// What rounding to bfloat16 between ranks does to training.
@Suite("bfloat16 on the wire")
struct WireTests {
  private func train(_ wire: WireFormat, shards: Int = 2) throws -> (
    bits: [UInt32], losses: [Double], accuracy: Double
  ) {
    let generator = ShapesGenerator(seed: 3)
    let recorder = Recorder()
    let trainer = try makeTrainer(
      shapesNetwork,
      DatasetPair(train: generator.dataset(0..<600), test: generator.dataset(600..<800)),
      observers: [recorder]
    ) {
      $0.epochs = 8
      $0.batchSize = 32
      $0.shards = shards
      $0.optimizer = AnyOptimizer(Adam())
      $0.learningRate = 0.003
      $0.evaluatesEachEpoch = true
      $0.wire = wire
    }
    let result = try trainer.run()
    return (
      bits(trainer), recorder.epochs.map(\.trainLoss), try #require(result.evaluation).top1
    )
  }

  @Test("training learns as well as in float32, with other weights")
  func learns() throws {
    let exact = try train(.float32)
    let rounded = try train(.bfloat16)
    #expect(rounded.bits != exact.bits)
    // Losses fall to a small part of where they began, and stay close to each other on the way.
    #expect(exact.losses[7] < 0.3 * exact.losses[0])
    for (rounded, exact) in zip(rounded.losses, exact.losses) {
      #expect(abs(rounded - exact) < 0.02 * exact + 0.01)
    }
    #expect(abs(rounded.accuracy - exact.accuracy) < 0.03)
  }
}
