import TandemData
import TandemTensor
import TandemTraining
import TestSupport
import Testing

/// Classes that count by their weights, or are drawn alike.
@Suite("Class weights and balanced samples")
struct ClassWeightsTests {
  /// Images of the classes 0, 1 and 3: as many as 6, 3 and 1.
  private let data: InMemoryDataset = {
    let labels: [Int32] = [0, 0, 1, 0, 3, 0, 1, 0, 1, 0]
    return InMemoryDataset(
      name: "uneven", imageShape: [1, 8, 8], classNames: ["a", "b", "c", "d"],
      pixels: .float32((0..<640).map { Float($0 * 7919 % 13) / 13 }), labels: labels)
  }()

  private func trainer(_ change: (inout TrainingOptions) -> Void = { _ in }) throws -> Trainer {
    try makeTrainer(linearNetwork, DatasetPair(train: data, test: data)) {
      $0.batchSize = 10
      $0.learningRate = 0.5
      $0.optimizer = AnyOptimizer(SGD())
      change(&$0)
    }
  }

  /// With weights and biases of zeros all classes have the probability 1/4, so that the gradient of
  /// a bias is the mean of weight · (1/4 - [label]).
  @Test("the first step is that of the weighted mean")
  func firstStep() throws {
    let weights: [Float] = [0.5, 2, 1, 4]
    let trainer = try trainer { $0.classWeights = .given(weights) }
    let result = try trainer.run()
    let labels = (0..<10).map { Int(data.label($0)) }
    let bias = try #require(trainer.parameters.first { $0.name == "fc.bias" }).tensor.elements
    for output in 0..<4 {
      let gradient = labels.map { weights[$0] * (0.25 - ($0 == output ? 1 : 0)) }.reduce(0, +) / 10
      #expect(abs(bias[output] + 0.5 * gradient) < 1e-6)
    }
    let loss = labels.map { Double(weights[$0]) }.reduce(0, +) / 10 * 1.3862943611
    #expect(abs(try #require(result.epochs.first).trainLoss - loss) < 1e-6)
  }

  @Test("balanced classes count alike, and ones change nothing")
  func balanced() throws {
    let balanced = try trainer { $0.classWeights = .balanced }
    #expect(
      balanced.options.classWeights
        == .given([10 / 18, 10 / 9, 0, Float(10.0 / 3)]), "\(balanced.options.classWeights as Any)")
    let plain = try trainer()
    let ones = try trainer { $0.classWeights = .given([1, 1, 1, 1]) }
    _ = try (plain.run(), ones.run())
    #expect(bits(ones) == bits(plain))
  }

  @Test("workers compute the same with weights, mixed images and drawn ones")
  func layouts() throws {
    func run(_ workers: Int) throws -> [UInt32] {
      let trainer = try makeTrainer(quartersPair(train: 60)) {
        $0.classWeights = .balanced
        $0.sampling = .balanced
        $0.augmentation = {
          var augmentation = Augmentation()
          augmentation.mixup = 0.4
          return augmentation
        }()
        $0.shards = 4
        $0.workers = workers
        $0.epochs = 2
      }
      _ = try trainer.run()
      return bits(trainer)
    }
    let one = try run(1)
    #expect(try run(2) == one)
    #expect(try run(4) == one)
  }

  @Test("a balanced sample has each class as often, and is the same on every machine")
  func sample() {
    let sampler = Sampler(balancing: data, seed: 1)
    #expect(sampler.order(epoch: 0).count == 10)
    #expect(sampler.order(epoch: 0) == Sampler(balancing: data, seed: 1).order(epoch: 0))
    var counts = [0, 0, 0, 0]
    for epoch in 0..<300 {
      for image in sampler.order(epoch: epoch) { counts[Int(data.label(Int(image)))] += 1 }
    }
    #expect(counts[2] == 0)
    // 3000 draws: the standard deviation of a count is 26.
    for label in [0, 1, 3] { #expect(abs(counts[label] - 1000) < 130, "\(counts)") }
  }

  @Test("numbers that make no sense")
  func refusals() throws {
    for weights: [Float] in [[1, -1, 1, 1], [0, 0, 0, 0], [.nan, 1, 1, 1]] {
      #expect(
        message { _ = try trainer { $0.classWeights = .given(weights) } }?.contains(
          "use numbers of 0 or more") == true)
    }
    #expect(
      message { _ = try trainer { $0.classWeights = .given([1, 2]) } }?.contains(
        "give one for each of the 4 classes of uneven") == true)
    #expect(
      message {
        _ = try trainer {
          $0.sampling = .balanced
          $0.shuffle = false
        }
      }?.contains("use `shuffle` too") == true)
  }
}
