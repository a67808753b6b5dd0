import TandemData
import TandemNetwork
import TandemTraining
import TestSupport
import Testing

/// The squared error by plain loops, times a factor.
private struct Squares: OwnLoss {
  var factor: Float = 1
  var forgets = false

  func evaluate(
    outputs: UnsafeBufferPointer<Float>, label: Int, gradient: UnsafeMutableBufferPointer<Float>
  ) -> Double {
    var sum = 0.0
    for i in outputs.indices {
      let difference = outputs[i] - (i == label ? 1 : 0)
      sum += Double(factor * difference * difference)
      if !forgets || i > 0 { gradient[i] = 2 * factor * difference }
    }
    return sum
  }
}

@Suite struct OwnLossTests {
  private let data = quartersPair(train: 72)

  private func trainer(
    _ loss: Squares, workers: Int = 2, folder: String? = nil, epochs: Int = 1
  ) throws -> Trainer {
    try makeTrainer(data) {
      $0.ownLoss = loss
      $0.workers = workers
      $0.shards = 2
      $0.epochs = epochs
      $0.outputFolder = folder
    }
  }

  @Test func `it trains, with the same bits for any number of workers`() throws {
    let (one, two) = (try trainer(Squares(), workers: 1), try trainer(Squares()))
    let before = try one.evaluate(data.test).loss
    _ = try one.run()
    _ = try two.run()
    #expect(bits(one) == bits(two))
    #expect(try one.evaluate(data.test).loss < before)
  }

  @Test func `hits are counted as those of built-in losses`() throws {
    let trained = try trainer(Squares())
    _ = try trained.run()
    try withTemporaryFolder { folder in
      try trained.save(to: folder + "/weights.safetensors")
      let model = try Model.load(folder + "/weights.safetensors", workers: 1)
      let own = try trained.evaluate(data.test)
      let other = try model.evaluate(data.test, loss: .crossEntropy)
      #expect((own.top1, own.top5) == (other.top1, other.top5))
      #expect(throws: LossError.own) { try model.evaluate(data.test) }
    }
  }

  @Test func `a gradient with holes is found in the first step`() throws {
    let trainer = try trainer(Squares(forgets: true))
    let before = bits(trainer)
    #expect(throws: TrainingError.self) { try trainer.run() }
    #expect(bits(trainer) == before)
  }

  @Test func `a run resumes with the same loss only`() throws {
    try withTemporaryFolder { folder in
      _ = try trainer(Squares(), folder: folder).run()
      #expect(throws: TrainingError.self) {
        try trainer(Squares(factor: 2), folder: folder, epochs: 2).resume(from: folder)
      }
      let rest = try trainer(Squares(), folder: folder, epochs: 2)
      try rest.resume(from: folder)
      _ = try rest.run()
    }
  }
}
