import Foundation
import TandemData
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

/// Training on images that differ from epoch to epoch.
@Suite("Augmented training")
struct AugmentedTrainingTests {
  private static let augmentation = {
    var augmentation = AugmentationPreset.shapes.augmentation
    augmentation.brightnessRange = 0.5...1.5
    augmentation.mixup = 0.2
    return augmentation
  }()

  private func trainer(
    _ data: DatasetPair? = nil, _ change: (inout TrainingOptions) -> Void = { _ in }
  ) throws -> Trainer {
    try makeTrainer(data ?? quartersPair(train: 60)) {
      $0.epochs = 2
      $0.shards = 2
      $0.augmentation = Self.augmentation
      change(&$0)
    }
  }

  /// A data set that the workers leave to a loader's threads.
  private struct Slow: Dataset {
    let base: InMemoryDataset
    var name: String { base.name }
    var count: Int { base.count }
    var imageShape: Shape { base.imageShape }
    var classNames: [String] { base.classNames }
    func copyImage(
      _ index: Int, normalization: Normalization, into destination: UnsafeMutablePointer<Float>
    ) throws {
      base.copyImage(index, normalization: normalization, into: destination)
    }
    func label(_ index: Int) -> Int32 { base.label(index) }
    func prefix(_ maximumCount: Int) -> Slow { Slow(base: base.prefix(maximumCount)) }
  }

  @Test("workers and a loader with any number of threads give the same weights")
  func loaders() throws {
    let byWorkers = try trainer()
    _ = try byWorkers.run()
    for threads in [1, 3] {
      let data = DatasetPair(
        train: Slow(base: quarters(60)), test: Slow(base: quarters(20, stream: 1)))
      let byLoader = try trainer(data) { $0.loaderThreads = threads }
      _ = try byLoader.run()
      #expect(bits(byLoader) == bits(byWorkers))
    }
    let other = try trainer { $0.augmentation?.rotationRange = 11 }
    _ = try other.run()
    #expect(bits(other) != bits(byWorkers))
  }

  @Test("resumed in the middle of an epoch, it goes on as if it had not been interrupted")
  func resuming() throws {
    let whole = try trainer()
    _ = try whole.run()
    try withTemporaryFolder { folder in
      let first = try trainer {
        $0.outputFolder = folder + "/run"
        $0.stepLimit = 3
      }
      _ = try first.run()
      #expect(bits(first) != bits(whole))
      let second = try trainer {
        $0.outputFolder = folder + "/run"
        $0.workers = 2
      }
      try second.resume(from: folder + "/run")
      _ = try second.run()
      #expect(bits(second) == bits(whole))

      // With other images it would be another training.
      for (change, words) in [
        ({ $0.augmentation = nil }, "this run has none; use the same `augmentation`"),
        ({ $0.augmentation?.zoomRange = 1...2 }, "zoom 1.0 to 2.0"),
      ] as [((inout TrainingOptions) -> Void, String)] {
        let other = try trainer(nil, change)
        let text = message { try other.resume(from: folder + "/run") }
        #expect(text?.contains(words) == true, "\(text ?? "no error")")
      }
    }
  }

  @Test("the test images stay as they are")
  func evaluation() throws {
    let data = quartersPair(train: 60)
    let plain = try makeTrainer(data) {
      $0.learningRate = 0
      $0.evaluatesEachEpoch = true
    }
    let augmented = try trainer(data) {
      $0.learningRate = 0
      $0.shards = nil
      $0.epochs = 1
      $0.evaluatesEachEpoch = true
    }
    let (first, second) = (try plain.run(), try augmented.run())
    #expect(first.evaluation?.loss == second.evaluation?.loss)
    #expect(first.epochs[0].trainLoss != second.epochs[0].trainLoss)
  }

  @Test("the colours are measured once, on the training images")
  func colours() throws {
    var random = CounterRandom(seed: 1, purpose: .test).sequence(0)
    let pixels = (0..<40 * 192).map { _ in random.uniform() }
    let images = InMemoryDataset(
      name: "colours", imageShape: [3, 8, 8], classNames: ["a", "b", "c", "d"],
      pixels: .float32(pixels), labels: (0..<40).map { Int32($0 % 4) })
    let network = Network("colours", input: [3, 8, 8]) { Dense(4) }
    var options = TrainingOptions()
    options.workers = 1
    options.epochs = 1
    options.augmentation = AugmentationPreset.alexnet.augmentation
    let trainer = try Trainer(
      network: network, data: DatasetPair(train: images, test: images),
      normalization: .unitScale(channels: 3), options: options)
    let axes = try #require(trainer.options.augmentation?.colourNoise?.axes)
    #expect(try axes == ColourNoise().measured(on: images).axes)
    _ = try trainer.run()
    let grey = message {
      _ = try self.trainer { $0.augmentation = AugmentationPreset.alexnet.augmentation }
    }
    #expect(grey?.contains("colour noise is for images of 3 channels") == true)
  }
}
