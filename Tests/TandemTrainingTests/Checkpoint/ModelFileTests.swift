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
      try imagesWithoutNumbers(model)
      let predictor = try Predictor(network: linearNetwork, weights: model, workers: 1)
      #expect(throws: TrainingError.self) {
        try predictor.logits(Tensor(repeating: 0, shape: [2, 1, 8, 9]))
      }
      #expect(throws: TrainingError.self) {
        try predictor.logits(Tensor(repeating: 0, shape: [0, 1, 8, 8]))
      }
    }
  }

  /// Networks with ReLUs, too: an image of which one pixel is not a number has no result, and the
  /// others have theirs.
  private func imagesWithoutNumbers(_ model: ModelFile) throws {
    let rectified = Network("rectified", input: [1, 8, 8]) {
      ReLU()
      Dense(4).named("fc")
    }
    let predictor = try Predictor(network: rectified, weights: model, workers: 2)
    var elements = [Float](repeating: 1, count: 40 * 64)
    elements[7 * 64 + 63] = .nan
    let logits = try predictor.logits(Tensor(shape: [40, 1, 8, 8], elements: elements))
    for image in 0..<40 {
      let own = logits.elements[image * 4..<image * 4 + 4]
      #expect(image == 7 ? own.allSatisfy(\.isNaN) : Array(own) == [8, 9, 10, 11])
    }
  }

  @Test("the size of chunks depends on the number of images only")
  func chunks() {
    #expect(
      [0, 1, 10, 16, 100, 300, 10_000].map(Predictor.chunkSize) == [1, 1, 10, 16, 16, 19, 128])
  }

  @Test(
    "a value that is not finite is named before anything is computed, running statistics too",
    arguments: [("fc.weight", 70), ("fc.bias", 0), ("bn.running_mean", 0), ("bn.running_var", 0)])
  func nonFiniteWeights(name: String, index: Int) throws {
    let network = Network("normalized", input: [1, 8, 8]) {
      BatchNorm2D().named("bn")
      Dense(4).named("fc")
    }
    let whole: [String: Tensor] = [
      "bn.weight": Tensor(repeating: 1, shape: [1]), "bn.bias": Tensor(repeating: 0, shape: [1]),
      "bn.running_mean": Tensor(repeating: 0, shape: [1]),
      "bn.running_var": Tensor(repeating: 1, shape: [1]),
      "fc.weight": Tensor(repeating: 0.1, shape: [4, 64]),
      "fc.bias": Tensor(repeating: 1, shape: [4]),
    ]
    try withTemporaryFolder { folder in
      let path = folder + "/w.safetensors"
      for (value, word) in [(Float.nan, "NaN"), (.infinity, "infinite"), (-.infinity, "infinite")] {
        var tensors = whole
        tensors[name]?.elements[index] = value
        try SafeTensorsFile(tensors: tensors).write(to: path)
        let error = TrainingError.nonFiniteWeights(
          path: path, element: "\(name)[\(index)]", value: word)
        let file = try ModelFile(contentsOf: path)
        #expect(throws: error) { try Predictor(network: network, weights: file, workers: 1) }
        let trainer = try makeTrainer(network, data)
        let before = bits(trainer)
        #expect(throws: error) { try trainer.loadWeights(path) }
        #expect(throws: error) { try trainer.loadWeights(path, strict: false) }
        #expect(bits(trainer) == before)
      }
      try SafeTensorsFile(tensors: whole).write(to: path)
      _ = try Predictor(network: network, weights: ModelFile(contentsOf: path), workers: 1)
    }
  }

  @Test("halves of another program are converted, then checked")
  func nonFiniteHalves() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/w.safetensors"
      let header =
        #"{"fc.bias":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"#
        + #""fc.weight":{"dtype":"BF16","shape":[4,64],"data_offsets":[16,528]}}"#
      for (bits, word) in [(UInt16(0x7FC0), "NaN"), (0xFF80, "infinite")] {
        var contents = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init)
        contents += Array(header.utf8) + Array(repeating: 0, count: 528)
        withUnsafeBytes(of: bits.littleEndian) {
          contents.replaceSubrange(contents.count - 2..<contents.count, with: $0)
        }
        try write(contents, to: path)
        #expect(
          throws: TrainingError.nonFiniteWeights(path: path, element: "fc.weight[255]", value: word)
        ) { try makeTrainer(linearNetwork, data).loadWeights(path) }
      }
    }
  }

  @Test("a normalization that does not fit is refused: the file's own, and for the images")
  func normalization() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/run"
      _ = try makeTrainer(data) { $0.outputFolder = path }.run()
      var file = try SafeTensorsFile.read(path + "/checkpoint-last/model.safetensors")
      let model = try ModelFile(contentsOf: path)
      let predictor = try Predictor(network: smallNetwork, weights: model, workers: 1)
      #expect(
        throws: TrainingError.normalizationChannels(means: 3, dataset: "quarters", channels: 1)
      ) { try predictor.evaluate(data.test, normalization: .unitScale(channels: 3)) }
      for wrong in [
        #"{"mean":[0,0],"standardDeviation":[1,1]}"#, #"{"mean":[0],"standardDeviation":[0]}"#,
        #"{"mean":[],"standardDeviation":[]}"#, #"{"mean":[0],"standardDeviation":[1,1]}"#,
        #"{"mean":[0],"standardDeviation":[-1]}"#,
      ] {
        file.metadata["normalization"] = wrong
        try file.write(to: folder + "/w.safetensors")
        let error = message { _ = try ModelFile(contentsOf: folder + "/w.safetensors") }
        #expect(error?.contains("the weights in \(folder)/w.safetensors cannot be used") == true)
      }
    }
  }
}
