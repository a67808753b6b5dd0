import TandemExecution
import TandemNetwork
import TandemTensor
import TandemTraining
import TandemZoo
import TestSupport
import Testing

/// Devices that share a network train it as one worker does.
@Suite struct MeshTrainingTests {
  static let network = Network("towers", input: [1, 8, 8]) {
    Conv2D(32, kernel: 3, padding: 1)
    ReLU()
    MaxPool2D(2)
    Conv2D(32, kernel: 3, padding: 1, groups: 2)
    ReLU()
    Dropout(0.3)
    Dense(24)
    ReLU()
    Dropout(0.5)
    Dense(4)
  }

  /// Nothing can be divided by two or four.
  static func uneven(classes: Int) -> Network {
    Network("uneven", input: [1, 8, 8]) {
      Conv2D(7, kernel: 3, padding: 1)
      ReLU()
      LocalResponseNorm(size: 3, alpha: 0.1, alphaReading: .sum)
      MaxPool2D(2)
      Concat {
        Branch { Conv2D(9, kernel: 3) }
        Branch { Conv2D(5, kernel: 3) }
      }
      ReLU()
      Dropout(0.3)
      Dense(13)
      ReLU()
      Dense(classes)
    }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var network = MeshTrainingTests.network
    var mesh: String
    var parallelism: Parallelism
    var pieces = 1
    var change: @Sendable (inout TrainingOptions) -> Void = { _ in }
    var name = ""
    var testDescription: String {
      "\(network.name) \(parallelism) on \(mesh) in \(pieces) \(name)"
    }
  }

  static let cases = [
    Case(mesh: "1x2", parallelism: .model), Case(mesh: "1x2", parallelism: .hybrid),
    Case(mesh: "2x2", parallelism: .model), Case(mesh: "2x2", parallelism: .hybrid),
    Case(mesh: "1x4", parallelism: .hybrid), Case(mesh: "4x1", parallelism: .data),
    Case(
      mesh: "2x2", parallelism: .model, change: { $0.clipNorm = 0.05 }, name: "clipped"),
    Case(
      mesh: "1x2", parallelism: .hybrid, change: { $0.accumulatedBatches = 2 },
      name: "accumulated"),
    Case(
      mesh: "1x2", parallelism: .hybrid,
      change: {
        $0.bucketBytes = 512
        $0.firstBucketBytes = 64
      },
      name: "in small buckets"),
    Case(network: uneven(classes: 5), mesh: "1x2", parallelism: .model),
    Case(network: uneven(classes: 5), mesh: "1x2", parallelism: .hybrid),
    Case(network: uneven(classes: 10), mesh: "1x4", parallelism: .model),
    Case(network: uneven(classes: 10), mesh: "1x3", parallelism: .model),
    Case(network: uneven(classes: 10), mesh: "1x4", parallelism: .hybrid),
    Case(mesh: "1x2", parallelism: .hybrid, pieces: 2),
    Case(mesh: "2x2", parallelism: .hybrid, pieces: 2),
    // 6 images of a device in 4 pieces; the last mini-batch has one image for each device.
    Case(mesh: "1x4", parallelism: .hybrid, pieces: 4),
    // 12 and 11 images, at the end 4 each.
    Case(
      mesh: "1x2", parallelism: .hybrid, pieces: 5, change: { $0.batchSize = 23 },
      name: "with uneven devices"),
    Case(
      mesh: "1x2", parallelism: .hybrid, pieces: 3,
      change: {
        $0.accumulatedBatches = 2
        $0.bucketBytes = 512
        $0.firstBucketBytes = 64
      }, name: "accumulated in small buckets"),
    Case(network: uneven(classes: 5), mesh: "1x2", parallelism: .hybrid, pieces: 2),
  ]

  private func train(
    of network: Network = Self.network, _ mesh: Mesh?, _ parallelism: Parallelism,
    pieces: Int = 1,
    _ change: (inout TrainingOptions) -> Void
  ) throws -> (weights: [Float], loss: Double) {
    let recorder = Recorder()
    let trainer = try makeTrainer(
      network, quartersPair(train: 100), observers: [recorder]
    ) {
      $0.epochs = 2
      $0.batchSize = 24  // the last one of an epoch has 4
      $0.optimizer = AnyOptimizer(SGD(momentum: 0.9))
      $0.learningRate = 0.02
      change(&$0)
      $0.mesh = mesh
      $0.parallelism = parallelism
      $0.pieces = pieces
      $0.workers = mesh?.devices ?? 1
    }
    _ = try trainer.run()
    return (floats(trainer), try #require(recorder.epochs.last).trainLoss)
  }

  @Test(arguments: cases)
  func trainsAsOneWorker(_ test: Case) throws {
    let mesh = try #require(Mesh(test.mesh))
    let expected = try train(of: test.network, nil, .data, test.change)
    let actual = try train(
      of: test.network, mesh, test.parallelism, pieces: test.pieces, test.change)
    let again = try train(
      of: test.network, mesh, test.parallelism, pieces: test.pieces, test.change)
    #expect(actual.weights == again.weights)
    let scale = expected.weights.map(abs).max() ?? 0
    let worst = zip(actual.weights, expected.weights).map { abs($0 - $1) }.max() ?? .infinity
    #expect(worst <= 1e-5 * scale)
    #expect(abs(actual.loss - expected.loss) < 1e-5 * expected.loss)
  }

  /// Nobody waits for a device that has found the loss to be wrong.
  @Test(arguments: [(Parallelism.model, 1), (.hybrid, 1), (.hybrid, 3)])
  func endsWhereTheLossIsNotFinite(parallelism: Parallelism, pieces: Int) throws {
    let mesh = try #require(Mesh("2x2"))
    #expect {
      _ = try train(mesh, parallelism, pieces: pieces) { $0.learningRate = 1e38 }
    } throws: { error in
      guard case .nonFiniteLoss = error as? TrainingError else { return false }
      return true
    }
  }

  /// Rounding makes more of a difference than the mesh, so that both are compared with float32.
  @Test(.enabled(if: (try? Precision.bfloat16.check()) != nil, "oneDNN has no bfloat16 here"))
  func trainsInBFloat16() throws {
    let change: (inout TrainingOptions) -> Void = {
      $0.precision = .bfloat16
      $0.wire = .bfloat16
    }
    let expected = try train(nil, .data) { _ in }
    for (parallelism, pieces) in [(Parallelism.model, 1), (.hybrid, 1), (.hybrid, 2)] {
      let actual = try train(Mesh("2x2"), parallelism, pieces: pieces, change)
      #expect(actual.weights != expected.weights)
      #expect(abs(actual.loss - expected.loss) < 0.02 * expected.loss)
      #expect(
        try train(Mesh("2x2"), parallelism, pieces: pieces, change).weights == actual.weights)
    }
  }

  /// The activations of one piece are in memory, and those of the layers before.
  @Test func piecesNeedLessMemory() throws {
    let network = Network("wide", input: [1, 8, 8]) {
      Conv2D(8, kernel: 3, padding: 1)
      ReLU()
      Dense(1024)
      ReLU()
      Dense(1024)
      ReLU()
      Dense(4)
    }
    let bytes = try [1, 2, 4].map { pieces in
      let recorder = Recorder()
      _ = try makeTrainer(network, quartersPair(train: 128), observers: [recorder]) {
        $0.stepLimit = 1
        $0.batchSize = 128
        $0.workers = 2
        $0.mesh = Mesh("1x2")
        $0.parallelism = .hybrid
        $0.pieces = pieces
      }.run()
      for case .started(let start) in recorder.events { return start.arenaBytes }
      return 0
    }
    #expect(bytes[1] < bytes[0] && bytes[2] < bytes[1] && bytes[2] > 0, "\(bytes)")
  }

  /// Sums in another order have other last bits.
  @Test func resumesWithAsManyPieces() throws {
    try withTemporaryFolder { folder in
      func trainer(_ pieces: Int) throws -> Trainer {
        try makeTrainer(Self.network, quartersPair(train: 48)) {
          $0.epochs = 1
          $0.batchSize = 24
          $0.mesh = Mesh("1x2")
          $0.parallelism = .hybrid
          $0.workers = 2
          $0.pieces = pieces
          $0.outputFolder = folder + "/run"
        }
      }
      _ = try trainer(2).run()
      let error = #expect(throws: TrainingError.self) {
        try trainer(3).resume(from: folder + "/run")
      }
      #expect("\(error as Any)".contains("use `pieces` 2"))
    }
  }

  @Test func refusesWhatItCannotDo() throws {
    func message(_ change: @escaping (inout TrainingOptions) -> Void) -> String {
      do {
        _ = try makeTrainer(Self.network, quartersPair(train: 100)) {
          $0.batchSize = 24
          $0.mesh = Mesh("1x2")
          $0.parallelism = .model
          $0.workers = 2
          change(&$0)
        }
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(message { _ in } == "")
    #expect(message { $0.mesh = nil } == "")
    #expect(
      message {
        $0.mesh = nil
        $0.workers = 1
      }.contains("takes two devices or more"))
    #expect(message { $0.parallelism = .data }.contains("use `mesh` 2x1"))
    #expect(message { $0.workers = 3 }.contains("use `workers` 2"))
    #expect(message { $0.shards = 4 }.contains("leave out `shards`"))
    #expect(message { $0.microBatchSize = 2 }.contains("leave out `microBatchSize`"))
    #expect(message { $0.pieces = 2 }.contains("use `parallelism` hybrid"))
    #expect(
      message {
        $0.pieces = 2
        $0.mesh = nil
        $0.parallelism = .data
      }.contains("`pieces` 2 is for devices that share images"))
    #expect(
      message {
        $0.pieces = 13
        $0.parallelism = .hybrid
      }.contains("use 12 or fewer"))
    #expect(message { $0.pieces = 0 }.contains("`pieces` 0 makes no sense"))
    #expect(message { $0.batchSize = 99 }.contains("a mini-batch of 1 image has none"))
    #expect(
      message {
        $0.mesh = Mesh("1x3")
        $0.workers = 3
      }.contains("2 groups cannot be spread evenly over 3 devices"))
  }
}
