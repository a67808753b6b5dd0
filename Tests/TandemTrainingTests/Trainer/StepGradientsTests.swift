import Synchronization
import TandemData
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

/// Gradients that are kept to be looked at.
@Suite("A step's gradient")
struct StepGradientsTests {
  /// The gradients of each epoch's last step, by name.
  private final class Gradients: TrainingObserver {
    private let all = Mutex<[[String: [Float]]]>([])
    /// Set before the run, whose thread reads it.
    nonisolated(unsafe) weak var trainer: Trainer?

    func receive(_ event: TrainingEvent) throws {
      guard case .epochFinished = event else { return }
      var found: [String: [Float]] = [:]
      trainer?.forEachGradient { found[$0.name] = Array($1) }
      all.withLock { $0.append(found) }
    }

    var epochs: [[String: [Float]]] { all.withLock { $0 } }
  }

  private static let network = Network("small", input: [1, 8, 8]) {
    Conv2D(4, kernel: 3)
    BatchNorm2D()
    ReLU()
    Dense(32)
    Tanh()
    Dense(4)
  }

  /// Two epochs of three steps, the last of which has fewer images.
  private func run(
    resuming folder: String? = nil, _ change: (inout TrainingOptions) -> Void = { _ in }
  ) throws -> (gradients: [[String: [Float]]], trainer: Trainer) {
    let observer = Gradients()
    let trainer = try makeTrainer(Self.network, quartersPair(train: 40), observers: [observer]) {
      $0.epochs = 2
      $0.shards = 4
      $0.keepsGradients = true
      change(&$0)
    }
    observer.trainer = trainer
    if let folder { try trainer.resume(from: folder) }
    _ = try trainer.run()
    return (observer.epochs, trainer)
  }

  private func values(_ trainer: Trainer) -> [String: [Float]] {
    Dictionary(uniqueKeysWithValues: trainer.parameters.map { ($0.name, $0.tensor.elements) })
  }

  @Test("is what plain descent takes away, bit for bit")
  func isTheStep() throws {
    func plain(_ options: inout TrainingOptions) {
      options.optimizer = AnyOptimizer(SGD())
      options.learningRate = 1
    }
    let before = values(
      try run {
        $0.stepLimit = 5
        plain(&$0)
      }.trainer)
    let (gradients, trainer) = try run(plain)
    let after = values(trainer)
    #expect(gradients.count == 2 && gradients[0] != gradients[1])
    let names =
      ["conv1.weight", "conv1.bias", "bn1.weight", "bn1.bias"]
      + ["dense1", "dense2"].flatMap { ["\($0).weight", "\($0).bias"] }
    // And no running statistics.
    #expect(Set(gradients[1].keys) == Set(names))
    for (name, gradient) in gradients[1] {
      let start = try #require(before[name])
      #expect(gradient.contains { $0 != 0 }, "\(name)")
      #expect(zip(start, gradient).map { $0 - $1 } == after[name], "\(name)")
    }
  }

  @Test("is the same for any workers and buckets, and changes nothing")
  func layouts() throws {
    let variants: [(String, (inout TrainingOptions) -> Void)] = [
      ("plain", { _ in }), ("clipped", { $0.clipNorm = 0.01 }),
      ("accumulated", { $0.accumulatedBatches = 2 }),
      ("layerwise", { $0.optimizer = AnyOptimizer(LARS()) }),
      ("factored", { $0.leastFactoredElements = 1 }), ("frozen", { $0.freeze = ["conv1"] }),
      ("bfloat16", { $0.wire = .bfloat16 }),
    ]
    for (name, change) in variants {
      let usual = try run(change)
      let without = try run {
        change(&$0)
        $0.keepsGradients = false
      }
      #expect(bits(usual.trainer) == bits(without.trainer), "\(name)")
      #expect(without.gradients == [[:], [:]], "\(name)")
      #expect(usual.gradients[1]["conv1.weight"] == nil || name != "frozen")
      for workers in [2, 3] {
        let other = try run {
          change(&$0)
          $0.workers = workers
          $0.bucketBytes = 64
          $0.firstBucketBytes = 64
        }
        #expect(other.gradients == usual.gradients, "\(name), \(workers) workers")
      }
    }
  }

  @Test("is shortened where it is clipped")
  func clipped() throws {
    func norm(_ gradients: [String: [Float]]) -> Double {
      gradients.values.joined().reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    }
    let gradients = try run { $0.clipNorm = 0.01 }.gradients
    #expect(gradients.allSatisfy { abs(norm($0) - 0.01) < 1e-5 })
    #expect(norm(try run().gradients[0]) > 0.02)
  }

  @Test("is the last one of a part, and none of a step that an earlier run has made")
  func parts() throws {
    try withTemporaryFolder { folder in
      let whole = try run().gradients
      let first = try run {
        $0.stepLimit = 5
        $0.outputFolder = folder + "/run"
        $0.checkpointEverySteps = 2
      }
      #expect(first.gradients.count == 2 && first.gradients[0] == whole[0])
      #expect(first.gradients[1] != whole[1] && !first.gradients[1].isEmpty)
      let rest = try run(resuming: folder + "/run") { $0.outputFolder = folder + "/run" }
      #expect(rest.gradients == [whole[1]])
    }
  }
}
