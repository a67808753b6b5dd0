import Foundation
import TandemData
import TandemTensor
import TandemTraining
import Testing

/// Softmax regression in double precision, whose steps of plain gradient descent are textbook
/// formulas: dL/dW = (p - y) xᵀ, mean over the images of the update.
private struct Regression {
  var weight = [[Double]](repeating: [Double](repeating: 0, count: 64), count: 4)
  var bias = [Double](repeating: 0, count: 4)

  /// The gradient of the mean loss over the given images, weights first.
  func gradient(_ data: InMemoryDataset, _ images: Range<Int>) -> (
    weight: [[Double]], bias: [Double]
  ) {
    var result = Regression()
    for index in images {
      var pixels = [Float](repeating: 0, count: 64)
      data.copyImage(index, normalization: .unitScale(channels: 1), into: &pixels)
      let logits = (0..<4).map { k in
        bias[k] + zip(weight[k], pixels).reduce(0) { $0 + $1.0 * Double($1.1) }
      }
      let exponentials = logits.map { exp($0) }
      for k in 0..<4 {
        let target = k == Int(data.label(index)) ? 1.0 : 0
        let error =
          (exponentials[k] / exponentials.reduce(0, +) - target) / Double(images.count)
        result.bias[k] += error
        for pixel in 0..<64 { result.weight[k][pixel] += error * Double(pixels[pixel]) }
      }
    }
    return (result.weight, result.bias)
  }

  /// - Parameter trust: the trust coefficient of LARS; nil for plain gradient descent.
  mutating func step(
    _ data: InMemoryDataset, _ images: Range<Int>, rate: Double, clip: Double? = nil,
    trust: Double? = nil
  ) {
    let (weightGradient, biasGradient) = gradient(data, images)
    let norm = Self.norm(weightGradient.joined() + biasGradient)
    let factor = clip.map { min(1, $0 / (norm + 1e-6)) } ?? 1
    func localRate(_ values: [Double], _ gradient: [Double]) -> Double {
      let (length, slope) = (Self.norm(values), factor * Self.norm(gradient))
      guard let trust, length > 0, slope > 0 else { return rate * factor }
      return rate * factor * trust * length / slope
    }
    let weightRate = localRate(Array(weight.joined()), Array(weightGradient.joined()))
    let biasRate = localRate(bias, biasGradient)
    for k in 0..<4 {
      bias[k] -= biasRate * biasGradient[k]
      for pixel in 0..<64 { weight[k][pixel] -= weightRate * weightGradient[k][pixel] }
    }
  }

  private static func norm(_ values: [Double]) -> Double {
    values.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  func worstDifference(_ trainer: Trainer) -> Double {
    let all = Dictionary(uniqueKeysWithValues: trainer.parameters.map { ($0.name, $0.tensor) })
    let found = (all["fc.weight"]?.elements ?? []) + (all["fc.bias"]?.elements ?? [])
    let expected = Array(weight.joined()) + bias
    guard found.count == expected.count else { return .infinity }
    return zip(found, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
  }
}

@Suite("Gradients of steps")
struct GradientTests {
  private let data = quarters(11)

  private func train(_ change: (inout TrainingOptions) -> Void) throws -> Trainer {
    let trainer = try makeTrainer(
      linearNetwork, DatasetPair(train: data, test: data)
    ) {
      $0.optimizer = AnyOptimizer(SGD())
      $0.learningRate = 0.5
      $0.shuffle = false
      change(&$0)
    }
    _ = try trainer.run()
    return trainer
  }

  @Test("a last, smaller mini-batch counts as the mean over its own images")
  func smallerLastBatch() throws {
    var expected = Regression()
    for images in [0..<4, 4..<8, 8..<11] { expected.step(data, images, rate: 0.5) }
    for shards in [1, 2, 3] {
      let trainer = try train {
        $0.batchSize = 4
        $0.shards = shards
        $0.workers = min(2, shards)
      }
      #expect(expected.worstDifference(trainer) < 1e-6)
    }
    // The comparison can fail: dropping the last mini-batch, or giving it the weight of a full one,
    // would be seen.
    var dropped = Regression()
    for images in [0..<4, 4..<8] { dropped.step(data, images, rate: 0.5) }
    #expect(dropped.worstDifference(try train { $0.batchSize = 4 }) > 1e-3)
  }

  @Test("accumulated mini-batches are one large one, also where the last has fewer")
  func accumulation() throws {
    var expected = Regression()
    expected.step(data, 0..<6, rate: 0.5)
    expected.step(data, 6..<11, rate: 0.5)
    let accumulated = try train {
      $0.batchSize = 2
      $0.accumulatedBatches = 3
      $0.shards = 2
      $0.workers = 2
    }
    #expect(expected.worstDifference(accumulated) < 1e-6)
    let large = try train { $0.batchSize = 6 }
    #expect(expected.worstDifference(large) < 1e-6)
    // More mini-batches per step than the loader has memory for.
    let many = try train {
      $0.batchSize = 1
      $0.accumulatedBatches = 6
      $0.workers = 1
    }
    #expect(expected.worstDifference(many) < 1e-6)
  }

  @Test("gradients longer than the limit are shortened to it, others are left alone")
  func clipping() throws {
    var expected = Regression()
    for images in [0..<4, 4..<8, 8..<11] { expected.step(data, images, rate: 0.5, clip: 0.3) }
    let clipped = try train {
      $0.batchSize = 4
      $0.clipNorm = 0.3
      $0.shards = 2
      $0.workers = 2
    }
    #expect(expected.worstDifference(clipped) < 1e-6)

    let unclipped = try train { $0.batchSize = 4 }
    #expect(expected.worstDifference(unclipped) > 1e-2)
    let loose = try train {
      $0.batchSize = 4
      $0.clipNorm = 1000
    }
    #expect(zip(floats(loose), floats(unclipped)).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test("the rates of LARS follow the norms of each parameter and its gradient, clipped or not")
  func layerwise() throws {
    func difference(trust: Double, clip: Double? = nil) throws -> Double {
      var expected = Regression()
      for images in [0..<4, 4..<8, 8..<11] {
        expected.step(data, images, rate: 0.5, clip: clip, trust: trust)
      }
      let trainer = try train {
        $0.batchSize = 4
        $0.optimizer = AnyOptimizer(LARS(trustCoefficient: 0.2, momentum: 0, weightDecay: 0))
        $0.clipNorm = clip.map { Float($0) }
        $0.shards = 3
        $0.workers = 2
      }
      return expected.worstDifference(trainer)
    }
    #expect(try difference(trust: 0.2) < 1e-6)
    #expect(try difference(trust: 0.2, clip: 0.3) < 1e-6)
    #expect(try difference(trust: 0.3) > 1e-3)
  }

  @Test("learning rates follow the schedule, step by step")
  func schedule() throws {
    let recorder = Recorder()
    let trainer = try makeTrainer(linearNetwork, quartersPair(train: 12), observers: [recorder]) {
      $0.batchSize = 4
      $0.epochs = 2
      $0.learningRate = 0.5
      $0.schedule = try! Schedule(StaircaseSchedule(everyEpochs: 1, gamma: 0.1))
    }
    _ = try trainer.run()
    #expect(recorder.steps.map(\.learningRate) == [0.5, 0.5, 0.5, 0.05, 0.05, 0.05])
    #expect(recorder.epochs.map(\.learningRate) == [0.5, 0.05])
  }
}
