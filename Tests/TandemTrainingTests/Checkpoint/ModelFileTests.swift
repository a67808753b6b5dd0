import TandemData
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

@Suite("Model files and prediction")
struct ModelFileTests {
  private let data = quartersPair(train: 80, test: 37)

  @Test("a checkpoint's model describes itself and gives the trainer's results")
  func roundTrip() throws {
    try withTemporaryFolder { folder in
      let trainer = try makeTrainer(data) {
        $0.outputFolder = folder + "/run"
        $0.epochs = 3
      }
      _ = try trainer.run()
      let model = try ModelFile(contentsOf: folder + "/run")
      #expect(model.path == folder + "/run/checkpoint-last/model.safetensors")
      #expect(model.network == smallNetwork)
      #expect(model.modelName == "small")
      #expect(model.normalization == .unitScale(channels: 1))
      #expect(model.classNames == ["a", "b", "c", "d"])
      #expect(Set(model.tensors.keys) == Set(trainer.parameters.map(\.name)))

      let network = try #require(model.network)
      let expected = try trainer.evaluate(data.test)
      for workers in 1...3 {
        let predictor = try Predictor(network: network, weights: model, workers: workers)
        let found = try predictor.evaluate(data.test, normalization: .unitScale(channels: 1))
        #expect(found.perClass == expected.perClass)
        #expect(abs(found.loss - expected.loss) < 1e-6)
      }

      let other = try makeTrainer(data) { $0.seed = 77 }
      #expect(bits(other) != bits(trainer))
      try other.loadWeights(model.path)
      #expect(bits(other) == bits(trainer))
    }
  }

  @Test("logits of any number of images, the same for any number of workers")
  func logits() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/linear.safetensors"
      // Output k is the sum of row k of the image plus k.
      var weight = [Float](repeating: 0, count: 4 * 64)
      for k in 0..<4 {
        for column in 0..<8 { weight[k * 64 + k * 8 + column] = 1 }
      }
      try SafeTensorsFile(tensors: [
        "fc.weight": Tensor(shape: [4, 64], elements: weight),
        "fc.bias": Tensor(shape: [4], elements: [0, 1, 2, 3]),
      ]).write(to: path)
      let model = try ModelFile(contentsOf: path)
      #expect(model.network == nil)
      for (images, workers) in [(1, 1), (1, 2), (5, 2), (300, 2), (300, 3)] {
        let predictor = try Predictor(network: linearNetwork, weights: model, workers: workers)
        let elements = (0..<images * 64).map { Float($0 / 64) + Float($0 / 8 % 8) }
        let logits = try predictor.logits(Tensor(shape: [images, 1, 8, 8], elements: elements))
        #expect(logits.shape == [images, 4])
        let expected = (0..<images).flatMap { n in (0..<4).map { k in Float(8 * (n + k) + k) } }
        #expect(logits.elements == expected)
      }
      let predictor = try Predictor(network: linearNetwork, weights: model, workers: 1)
      #expect(throws: TrainingError.self) {
        try predictor.logits(Tensor(repeating: 0, shape: [2, 1, 8, 9]))
      }
      #expect(throws: TrainingError.self) {
        try predictor.logits(Tensor(repeating: 0, shape: [0, 1, 8, 8]))
      }
    }
  }

  @Test("the size of chunks depends on the number of images only")
  func chunks() {
    #expect(
      [0, 1, 10, 16, 100, 300, 10_000].map(Predictor.chunkSize) == [1, 1, 10, 16, 16, 19, 128])
  }

  @Test("a model with values that are not finite is found out by an evaluation")
  func nonFiniteWeights() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/w.safetensors"
      try SafeTensorsFile(tensors: [
        "fc.weight": Tensor(repeating: .nan, shape: [4, 64]),
        "fc.bias": Tensor(repeating: 1, shape: [4]),
      ]).write(to: path)
      let predictor = try Predictor(
        network: linearNetwork, weights: try ModelFile(contentsOf: path), workers: 2)
      #expect(
        throws: TrainingError.nonFiniteEvaluation(
          dataset: "quarters", layer: "parameter fc.weight")
      ) { try predictor.evaluate(data.test, normalization: .unitScale(channels: 1)) }
    }
  }
}
