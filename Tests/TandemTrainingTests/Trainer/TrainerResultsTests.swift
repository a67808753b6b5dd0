import Foundation
import TandemData
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

/// Training, then predicting, evaluating and saving in one process.
@Suite struct TrainerResultsTests {
  private static let network = Network("tiny", input: [1, 24, 24]) {
    Conv2D(8, kernel: 5)
    ReLU()
    MaxPool2D(2)
    Dense(3)
  }

  private func trainer(_ data: DatasetPair, epochs: Int = 2) throws -> Trainer {
    var options = TrainingOptions()
    options.epochs = epochs
    options.batchSize = 32
    options.learningRate = 0.05
    options.workers = 1
    options.stopsOnSignals = false
    return try Trainer(
      network: Self.network, data: data, normalization: try .statistics(of: data.train),
      options: options)
  }

  @Test func predictionsAreThoseThatWereEvaluated() throws {
    let data = try DatasetSource.load("shapes:200,60")
    let trainer = try trainer(data)
    let result = try trainer.run()
    let predictions = try trainer.predict(data.test)
    #expect(predictions.logits.shape == [60, 3])
    let hits = (0..<60).count { predictions.classes[$0] == Int(data.test.label($0)) }
    #expect(hits > 30)
    #expect(result.evaluation?.top1 == Double(hits) / 60)
    #expect(try trainer.evaluate(data.test) == result.evaluation)

    let probabilities = try #require(try predictions.probabilities())
    for image in 0..<60 {
      let row = probabilities.elements[image * 3..<image * 3 + 3]
      #expect(abs(row.reduce(0, +) - 1) < 1e-6)
      let found = try #require(predictions.classes[image])
      #expect(row.max() == row[image * 3 + found])
    }
  }

  @Test func savedModelsPredictTheSame() throws {
    let data = try DatasetSource.load("shapes:100,40")
    let trainer = try trainer(data, epochs: 1)
    let before = try trainer.predict(data.test)
    _ = try trainer.run()
    let after = try trainer.predict(data.test)
    #expect(after.logits != before.logits)
    try withTemporaryFolder { folder in
      let path = "\(folder)/model.safetensors"
      try trainer.save(to: path)
      let model = try Model.load(path, workers: 2)
      #expect(model.network == trainer.network)
      #expect(model.classNames == data.train.classNames)
      #expect(try model.predict(data.test).logits == after.logits)
      // In other chunks, whose losses are added up in another order.
      let (own, other) = (try trainer.evaluate(data.test), try model.evaluate(data.test))
      #expect(other.top1 == own.top1 && other.perClass == own.perClass)
      #expect(abs(other.loss - own.loss) < 1e-6)
    }
  }

  @Test func imagesOfAnotherShapeAreRefused() throws {
    let trainer = try trainer(DatasetSource.load("shapes:50,20"))
    let images = Tensor(repeating: 0, shape: [2, 1, 8, 8])
    #expect(
      throws: TrainingError.inputShape(
        network: "tiny", expected: [1, 24, 24], found: [2, 1, 8, 8])
    ) { try trainer.predict(images) }
  }

  @Test func weightsAloneAreNoModel() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/foreign.safetensors"
      try SafeTensorsFile.write(tensors: [], metadata: [:], to: path)
      #expect(throws: TrainingError.noDescription(path: path)) { try Model.load(path) }
    }
  }
}
