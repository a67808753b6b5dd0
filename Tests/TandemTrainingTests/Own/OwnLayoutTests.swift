import TandemExecution
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

/// Layers and losses of the program's own on a mesh, under `mpirun` and with numbers of 16 bits.
@Suite struct OwnLayoutTests {
  private static let network = Network("own", input: [1, 8, 8]) {
    Conv2D(6, kernel: 3, padding: 1)
    SignedSquare()
    MaxPool2D(2)
    Dense(12)
    SignedSquare()
    Dense(4)
  }

  private func train(
    of network: Network = Self.network, _ change: (inout TrainingOptions) -> Void
  ) throws -> (weights: [Float], losses: [Double]) {
    let recorder = Recorder()
    let trainer = try makeTrainer(network, quartersPair(train: 96), observers: [recorder]) {
      $0.epochs = 3
      $0.batchSize = 24
      $0.learningRate = 0.05
      change(&$0)
    }
    _ = try trainer.run()
    return (floats(trainer), recorder.epochs.map(\.trainLoss))
  }

  /// Every device computes the layer whole, from the activations that the others hand over.
  @Test(arguments: [("1x2", Parallelism.model), ("1x2", .hybrid), ("2x2", .hybrid), ("2x1", .data)])
  func `devices of a mesh train it as one worker does`(_ shape: String, _ kind: Parallelism) throws
  {
    for loss: Apart? in [nil, Apart()] {
      let expected = try train { $0.ownLoss = loss }
      let change: (inout TrainingOptions) -> Void = {
        $0.ownLoss = loss
        $0.mesh = Mesh(shape)
        $0.parallelism = kind
        $0.workers = Mesh(shape)?.devices
      }
      let actual = try train(change)
      #expect(try train(change).weights == actual.weights)
      let scale = expected.weights.map(abs).max() ?? 0
      let worst = zip(actual.weights, expected.weights).map { abs($0 - $1) }.max() ?? .infinity
      #expect(worst <= 1e-5 * scale)
      #expect(abs(actual.losses[2] - expected.losses[2]) < 1e-5 * expected.losses[2])
    }
  }

  @Test func `slices of it are refused with a line that names it`() throws {
    let network = Network("sliced", input: [1, 8, 8]) {
      Conv2D(6, kernel: 3, padding: 1)
      Placed(.model) { SignedSquare() }
      Dense(4)
    }
    let error = #expect(throws: (any Error).self) {
      try train(of: network) {
        $0.mesh = Mesh("1x2")
        $0.parallelism = .hybrid
        $0.workers = 2
      }
    }
    let line = "\(error.map { "\($0)" } ?? "")"
    #expect(line.contains("signed-square1"), "\(line)")
    #expect(line.contains("is a layer of the program's own"), "\(line)")
    #expect(!line.contains("\n"))
  }

  @Test(.enabled(if: (try? Precision.bfloat16.check()) != nil, "oneDNN has no bfloat16 here"))
  func `it learns in bfloat16 about as in float32`() throws {
    for loss: Apart? in [nil, Apart()] {
      let expected = try train { $0.ownLoss = loss }
      let actual = try train {
        $0.ownLoss = loss
        $0.precision = .bfloat16
      }
      let shared = try train {
        $0.ownLoss = loss
        $0.precision = .bfloat16
        $0.workers = 2
        $0.shards = 2
      }
      let alone = try train {
        $0.ownLoss = loss
        $0.precision = .bfloat16
        $0.shards = 2
      }
      #expect(actual.weights != expected.weights)
      #expect(shared.weights == alone.weights)
      for (a, b) in zip(actual.losses, expected.losses) {
        #expect(abs(a - b) < 0.05 * expected.losses[0])
      }
    }
  }

  @Test(
    .enabled(if: MPIRun.isInstalled, "there is no mpirun"),
    arguments: [["own", "1", "1"], ["own", "2", "1"], ["own-mesh", "1", "1"]])
  func `two ranks compute the bits of one`(_ arguments: [String]) throws {
    let run = try MPIRun.run(ranks: 2, arguments, timeoutSeconds: 120)
    #expect(run.exitCode == 0, "\(run.errors)")
  }
}

/// The sum of squared differences from 1 and 0.
private struct Apart: OwnLoss {
  func evaluate(
    outputs: UnsafeBufferPointer<Float>, label: Int, gradient: UnsafeMutableBufferPointer<Float>
  ) -> Double {
    var sum = 0.0
    for i in outputs.indices {
      let difference = outputs[i] - (i == label ? 1 : 0)
      sum += Double(difference * difference)
      gradient[i] = 2 * difference
    }
    return sum
  }
}
