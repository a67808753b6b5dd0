import Foundation
import Synchronization
import TandemData
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

/// Steps of one size in the direction of a running mean's sign (Lion without its second mean).
struct SignDescent: Optimizer {
  static let name = "sign-descent"
  var decay: Float = 0.5
  /// Lets a test resume with another state.
  static let keepsMore = Mutex(false)

  var stateNames: [String] { Self.keepsMore.withLock { $0 } ? ["mean", "more"] : ["mean"] }

  func update(
    parameters: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>,
    state: [UnsafeMutablePointer<Float>], count: Int, learningRate: Float, step: Int
  ) {
    for i in 0..<count {
      state[0][i] = decay * state[0][i] + (1 - decay) * gradients[i]
      if state[0][i] != 0 { parameters[i] -= state[0][i] > 0 ? learningRate : -learningRate }
    }
  }
}

/// Half the rate after each epoch.
struct Halving: ScheduleShape {
  static let name = "halving"
  func learningRate(base: Double, at progress: ScheduleProgress) -> Double {
    base / Double(1 << progress.epoch)
  }
}

/// Cannot read one of its images.
private struct Broken: Dataset {
  struct Failure: Error, CustomStringConvertible { let description = "the camera is off" }
  let base: InMemoryDataset
  let broken: Int

  var name: String { "camera" }
  var count: Int { base.count }
  var imageShape: Shape { base.imageShape }
  var classNames: [String] { base.classNames }
  func copyImage(
    _ index: Int, normalization: Normalization, into destination: UnsafeMutablePointer<Float>
  ) throws {
    if index == broken { throw Failure() }
    base.copyImage(index, normalization: normalization, into: destination)
  }
  func label(_ index: Int) -> Int32 { base.label(index) }
  func prefix(_ maximumCount: Int) -> Broken {
    Broken(base: base.prefix(maximumCount), broken: broken)
  }
  func fingerprint() throws -> DatasetFingerprint { base.fingerprint() }
}

@Suite(.serialized) struct OwnOptimizerTests {
  private let data = quartersPair(train: 72)

  private func trainer(
    _ folder: String? = nil, epochs: Int = 2, workers: Int = 2
  ) throws -> Trainer {
    let schedule = try Schedule(Halving())
    return try makeTrainer(data) {
      $0.optimizer = AnyOptimizer(SignDescent(decay: 0.25))
      $0.schedule = schedule
      $0.learningRate = 0.002
      $0.workers = workers
      $0.shards = 2
      $0.epochs = epochs
      $0.outputFolder = folder
    }
  }

  @Test func `it moves parameters by its rate, for any number of workers`() throws {
    let (one, two) = (try trainer(epochs: 1, workers: 1), try trainer(epochs: 1))
    let before = floats(one)
    _ = try one.run()
    _ = try two.run()
    #expect(bits(one) == bits(two))
    // 5 steps of 0.002 at most, in either direction.
    let moves = zip(before, floats(one)).map { abs($0 - $1) }
    #expect(moves.allSatisfy { $0 < 0.010_01 })
    #expect(moves.contains { $0 > 0.009_9 })
  }

  @Test func `checkpoints hold it and its schedule, and a resumed run has the same bits`() throws {
    try withTemporaryFolder { folder in
      let whole = try trainer(folder + "/whole")
      _ = try whole.run()
      _ = try trainer(folder + "/half", epochs: 1).run()
      let rest = try trainer(folder + "/half")
      try rest.resume(from: folder + "/half")
      _ = try rest.run()
      #expect(bits(whole) == bits(rest))
    }
  }

  @Test func `a state of another size when resuming is one line that names it`() throws {
    try withTemporaryFolder { folder in
      _ = try trainer(folder + "/run", epochs: 1).run()
      SignDescent.keepsMore.withLock { $0 = true }
      defer { SignDescent.keepsMore.withLock { $0 = false } }
      let rest = try trainer(folder + "/run")
      let error = #expect(throws: TrainingError.self) {
        try rest.resume(from: folder + "/run")
        _ = try rest.run()
      }
      let line = "\(error.map { "\($0)" } ?? "")"
      #expect(
        line.contains("the state mean of the optimizer sign-descent, which now has mean, more"),
        "\(line)")
      #expect(!line.contains("\n"))
      // Nothing is lost: with the former state it goes on.
      SignDescent.keepsMore.withLock { $0 = false }
      let again = try trainer(folder + "/run")
      try again.resume(from: folder + "/run")
      _ = try again.run()
    }
  }

  @Test func `names of built-in optimizers and schedules are taken`() throws {
    struct Impostor: Optimizer {
      static let name = "adam"
      var stateNames: [String] { [] }
      func update(
        parameters: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>,
        state: [UnsafeMutablePointer<Float>], count: Int, learningRate: Float, step: Int
      ) {}
    }
    struct Steps: ScheduleShape {
      static let name = "step"
      func learningRate(base: Double, at progress: ScheduleProgress) -> Double { base }
    }
    #expect(throws: OptimizerError.nameTaken("adam")) {
      try makeTrainer(data) { $0.optimizer = AnyOptimizer(Impostor()) }
    }
    #expect(throws: ScheduleError.nameTaken("step")) { try Schedule(Steps()) }
  }

  @Test(arguments: [true, false])
  func `a data set that fails in an epoch is one line that names it`(_ ownThreads: Bool) throws {
    try withTemporaryFolder { folder in
      func trainer(broken: Int, epochs: Int) throws -> Trainer {
        try makeTrainer(
          DatasetPair(train: Broken(base: quarters(72), broken: broken), test: quarters(8))
        ) {
          $0.epochs = epochs
          $0.workers = 2
          $0.loaderThreads = ownThreads ? 1 : 2
          $0.outputFolder = folder
        }
      }
      let first = try trainer(broken: -1, epochs: 1)
      _ = try first.run()
      let rest = try trainer(broken: 41, epochs: 2)
      try rest.resume(from: folder)
      let error = #expect(throws: (any Error).self) { _ = try rest.run() }
      #expect(
        "\(error.map { "\($0)" } ?? "")".hasSuffix(
          "the data set camera has no image 41: the camera is off"))
      // The checkpoint of the first epoch is still there.
      #expect(try ModelFile(contentsOf: folder).tensors.count == first.parameters.count)
    }
  }
}
