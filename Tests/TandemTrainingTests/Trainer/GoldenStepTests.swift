import TandemData
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

/// One whole step of the trainer, cut into shards, against the gradients that PyTorch computed for
/// the mini-batch in one piece; see Tests/Fixtures/pytorch/networks.py.
@Suite("Training steps against PyTorch")
struct GoldenStepTests {
  /// Plain gradient descent with a rate so large that the step and not the parameter decides how
  /// the result is rounded; a power of two, so that dividing by it is exact.
  private static let rate: Float = 1024

  @Test(
    "gradients from 1, 2 and 3 shards",
    arguments: ["mlp", "simple-convnet", "lenet", "mnist-cnn", "cifar-quick", "every-option"])
  func step(name: String) throws {
    let golden = try SafeTensorsFile.read(PyTorchFixture.path("networks/\(name).safetensors"))
    func tensor(_ name: String) throws -> Tensor { try #require(golden.tensors[name], "\(name)") }
    let images = try tensor("images")
    let input = Shape(Array(images.shape.dimensions.dropFirst()))
    let network = try PyTorchNetworkTests.network(name, input: input)
    let classes = try tensor("logits").shape[1]
    let data = InMemoryDataset(
      name: "golden", imageShape: input, classNames: (0..<classes).map { "class \($0)" },
      pixels: .float32(images.elements), labels: try tensor("labels").elements.map { Int32($0) })
    let smoothing = try #require(golden.metadata["labelSmoothing"].flatMap(Float.init))

    for shards in [1, 2, 3] {
      var options = TrainingOptions()
      options.epochs = 1
      options.batchSize = images.shape[0]
      options.optimizer = AnyOptimizer(SGD())
      options.learningRate = Self.rate
      options.labelSmoothing = smoothing
      options.shuffle = false
      options.shards = shards
      options.workers = min(2, shards)
      options.pinsWorkers = false
      options.evaluatesEachEpoch = false
      let trainer = try Trainer(
        network: network, data: DatasetPair(train: data, test: data),
        normalization: .unitScale(channels: input[0]), options: options)
      try withTemporaryFolder { folder in
        let parameters = golden.tensors.filter { $0.key.hasPrefix("parameters.") }
        try SafeTensorsFile(
          tensors: Dictionary(
            uniqueKeysWithValues: parameters.map {
              (String($0.key.dropFirst("parameters.".count)), $0.value)
            })
        ).write(to: folder + "/w.safetensors")
        try trainer.loadWeights(folder + "/w.safetensors")
      }
      let before = trainer.parameters
      let result = try trainer.run()
      let loss = Double(try tensor("loss").elements[0])
      #expect(abs(try #require(result.epochs.first).trainLoss - loss) < 1e-6 * loss)
      for (old, new) in zip(before, trainer.parameters) {
        let gradient = zip(old.tensor.elements, new.tensor.elements).map { ($0 - $1) / Self.rate }
        let error = PyTorchNetworkTests.error(gradient, try tensor("gradients.\(old.name)"))
        #expect(error < 1e-5, "\(old.name) from \(shards) shards")
      }
    }
  }
}
