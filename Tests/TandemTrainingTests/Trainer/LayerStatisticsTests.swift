import Foundation
import TandemData
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

@Suite("Layer statistics")
struct LayerStatisticsTests {
  /// The weights, and no biases, of the layers that have any.
  private func weights(_ trainer: Trainer) -> [[Float]] {
    trainer.parameters.filter { $0.tensor.shape.rank > 1 }.map(\.tensor.elements)
  }

  private func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  private func differ(_ first: [Float], _ second: [Float]) -> [Double] {
    zip(first, second).map { Double($0 - $1) }
  }

  /// The records of a run of so many steps, and its weights.
  private func run(
    _ network: Network = smallNetwork, _ data: DatasetPair? = nil, steps: Int? = nil,
    _ change: (inout TrainingOptions) -> Void = { _ in }
  ) throws -> (records: [EpochRecord], weights: [[Float]], bits: [UInt32]) {
    let recorder = Recorder()
    let trainer = try makeTrainer(
      network, data ?? quartersPair(train: 50), observers: [recorder]
    ) {
      $0.epochs = 2
      $0.learningRate = 0.1
      $0.layerStatistics = true
      $0.stepLimit = steps
      change(&$0)
    }
    _ = try trainer.run()
    return (recorder.epochs, weights(trainer), bits(trainer))
  }

  private func by(_ name: String, _ records: [EpochRecord]) throws -> LayerStatistics {
    try #require(records.last?.layers?.first { $0.layer == name })
  }

  @Test("sizes and changes are those of the weights before and after the last step")
  func changes() throws {
    let all = try run()
    #expect(
      all.records.map { $0.layers?.map(\.layer) }
        == Array(repeating: ["conv1", "dense1", "dense2"], count: 2))
    let after = all.weights
    let before = try run(steps: 7).weights
    for (index, name) in ["conv1", "dense1", "dense2"].enumerated() {
      let found = try by(name, all.records)
      let size = mean(after[index].map { Double(abs($0)) })
      let change = mean(differ(after[index], before[index]).map(abs))
      #expect(change > 0)
      #expect(abs(found.meanWeight - size) < 1e-9 * size, "\(name)")
      #expect(abs(found.meanChange - change) < 1e-9 * change, "\(name)")
      #expect(abs(found.ratio - change / size) < 1e-9)
    }
    // Of a run that ends within an epoch, too.
    let part = try run(steps: 6)
    let former = try run(steps: 5).weights
    let change = mean(differ(part.weights[2], former[2]).map(abs))
    #expect(abs(try by("dense2", part.records).meanChange - change) < 1e-9 * change)
  }

  /// With eight images that are all of a step, the next step is the gradient times the rate.
  @Test("the gradient is that of the next step")
  func gradient() throws {
    let data = quartersPair(train: 8)
    let network = smallNetwork.withDropout(0)
    func options(_ options: inout TrainingOptions) {
      options.batchSize = 8
      options.epochs = 2
      options.learningRate = 0.01
      options.optimizer = AnyOptimizer(SGD())
      options.learningRate = 0.01
    }
    let first = try run(network, data, steps: 1, options)
    let second = try run(network, data, steps: 2, options)
    for (index, name) in ["conv1", "dense1", "dense2"].enumerated() {
      let squares = differ(second.weights[index], first.weights[index]).map { $0 * $0 }
      let expected = squares.reduce(0, +).squareRoot() / 0.01
      let found = try #require(try by(name, first.records).gradientNorm)
      #expect(abs(found - expected) < 1e-3 * expected, "\(name): \(found), \(expected)")
    }
  }

  @Test("units that are never above 0 are counted")
  func dead() throws {
    let network = Network("dying", input: [1, 8, 8]) {
      Conv2D(4, kernel: 3, biasInitializer: .constant(-100))
      ReLU()
      Dense(10, biasInitializer: .constant(100))
      ReLU()
      Dense(4)
    }
    let records = try run(network) { $0.learningRate = 1e-9 }.records
    #expect(try by("conv1", records).deadShare == 1)
    #expect(try by("dense1", records).deadShare == 0)
    #expect(try by("dense2", records).deadShare == nil)
  }

  @Test("neither the numbers nor the weights depend on workers, and the weights not on the numbers")
  func bitsStay() throws {
    let plain = try run { options in
      options.layerStatistics = false
      options.shards = 2
    }
    #expect(plain.records.allSatisfy { $0.layers == nil })
    for workers in [1, 2] {
      let measured = try run { options in
        options.shards = 2
        options.workers = workers
      }
      #expect(measured.bits == plain.bits)
      let first = try run { $0.shards = 2 }
      #expect(measured.records.map(\.layers) == first.records.map(\.layers))
    }
  }

  @Test("frozen layers have no gradient and do not change")
  func frozen() throws {
    let records = try run { $0.freeze = ["conv1"] }.records
    let layer = try by("conv1", records)
    #expect(layer.meanChange == 0 && layer.gradientNorm == nil && layer.meanWeight > 0)
    #expect(try by("dense1", records).gradientNorm ?? 0 > 0)
  }

  @Test("a run that is continued measures the same, and keeps it in files")
  func continued() throws {
    try withTemporaryFolder { folder in
      let whole = try run { $0.outputFolder = folder + "/whole" }
      // Three steps of the four of an epoch: the last one follows at once.
      for steps in [3, 8] {
        let trainer = try makeTrainer(quartersPair(train: 50)) {
          $0.epochs = 2
          $0.learningRate = 0.1
          $0.layerStatistics = true
          $0.stepLimit = steps
          $0.checkpointEverySteps = 3
          $0.outputFolder = folder + "/parts"
        }
        if steps > 3 { try trainer.resume(from: folder + "/parts") }
        _ = try trainer.run()
      }
      let files = try ["whole", "parts"].map {
        String(decoding: try bytes(of: "\(folder)/\($0)/layers.csv"), as: UTF8.self)
      }
      #expect(files[0] == files[1])
      let lines = files[0].split(separator: "\n")
      #expect(lines.count == 1 + 2 * 3 && lines[0].hasPrefix("epoch,step,layer,meanWeight"))
      #expect(lines[1].hasPrefix("1,4,conv1,") && lines[6].hasPrefix("2,8,dense2,"))
      #expect(lines[6].hasSuffix(","))
      #expect(whole.records.count == 2)
    }
  }
}
