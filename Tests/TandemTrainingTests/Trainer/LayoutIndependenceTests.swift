import TandemData
import TandemTraining
import Testing

/// For a fixed number of shards the weights do not depend on the number of workers, bit for bit.
@Suite("Layout independence")
struct LayoutIndependenceTests {
  enum Variant: String, CaseIterable, CustomStringConvertible {
    case plain, oddBatch, batchSmallerThanShards, accumulated, clipped, accumulatedAndClipped
    case manyBuckets, layerwise, layerwiseAndClipped, factored, factoredAndAccumulated
    case microBatches, bfloat16, bfloat16InMicroBatches
    case augmented, mixed
    case rounded, roundedAndClipped, roundedAndFactored, bfloat16AndRounded

    var description: String { rawValue }

    static let possible = allCases.filter { variant in
      var options = TrainingOptions()
      variant.change(&options)
      return (try? options.precision.check()) != nil
    }

    func change(_ options: inout TrainingOptions) {
      options.epochs = 2
      options.shards = 4
      options.optimizer = AnyOptimizer(Adam())
      options.learningRate = 0.003
      options.batchSize = 20
      switch self {
      case .plain: break
      case .oddBatch: options.batchSize = 37  // 37, 37, 26: shards of 10, 9, 7 and 6 images
      case .batchSmallerThanShards: options.batchSize = 3
      case .accumulated: options.accumulatedBatches = 3
      case .clipped: options.clipNorm = 0.05
      case .accumulatedAndClipped:
        options.accumulatedBatches = 2
        options.clipNorm = 0.05
      case .manyBuckets:
        options.bucketBytes = 64
        options.firstBucketBytes = 16
      case .layerwise:
        options.optimizer = AnyOptimizer(LARS())
        options.bucketBytes = 64
      case .layerwiseAndClipped:
        options.optimizer = AnyOptimizer(LARS())
        options.clipNorm = 0.05
      case .factored:
        options.batchSize = 9  // 100 images: 11 steps, and one with a single image
        options.leastFactoredElements = 1
      case .factoredAndAccumulated:
        options.batchSize = 5
        options.accumulatedBatches = 2
        options.leastFactoredElements = 1
      case .microBatches:
        options.batchSize = 9  // shards of 3 images, and of 2
        options.microBatchSize = 2
        options.leastFactoredElements = 1
      case .bfloat16:
        options.precision = .bfloat16
        options.batchSize = 37
      case .bfloat16InMicroBatches:
        options.precision = .bfloat16
        options.batchSize = 9
        options.microBatchSize = 2
        options.leastFactoredElements = 1
      case .augmented:
        options.batchSize = 37
        options.augmentation = AugmentationPreset.shapes.augmentation
        options.augmentation?.randomErasing = RandomErasing()
      case .mixed:
        options.batchSize = 9
        options.augmentation = AugmentationPreset.shapes.augmentation
        options.augmentation?.mixup = 0.3
        options.augmentation?.cutmix = 1
        options.microBatchSize = 2
      case .rounded:
        options.batchSize = 37
        options.wire = .bfloat16
      case .bfloat16AndRounded:
        options.precision = .bfloat16
        options.leastFactoredElements = 1
        options.wire = .bfloat16
      case .roundedAndClipped:
        options.clipNorm = 0.05
        options.wire = .bfloat16
      case .roundedAndFactored:
        options.batchSize = 9
        options.leastFactoredElements = 1
        options.wire = .bfloat16
      }
    }
  }

  @Test("1, 2, 3 and 4 workers give the same weights", arguments: Variant.possible)
  func workers(variant: Variant) throws {
    var results: [[UInt32]] = []
    var losses: [Double] = []
    for workers in 1...4 {
      let recorder = Recorder()
      let trainer = try makeTrainer(quartersPair(train: 100), observers: [recorder]) {
        variant.change(&$0)
        $0.workers = workers
      }
      let before = bits(trainer)
      _ = try trainer.run()
      #expect(bits(trainer) != before)
      results.append(bits(trainer))
      losses.append(try #require(recorder.epochs.last).trainLoss)
    }
    for other in results.dropFirst() { #expect(other == results[0]) }
    for other in losses.dropFirst() { #expect(other == losses[0]) }
  }

  @Test("other seeds, shards or no dropout do change the weights: the comparison can fail")
  func sensitivity() throws {
    func result(_ change: @escaping (inout TrainingOptions) -> Void) throws -> [UInt32] {
      let trainer = try makeTrainer(quartersPair(train: 100)) {
        Variant.plain.change(&$0)
        change(&$0)
      }
      _ = try trainer.run()
      return bits(trainer)
    }
    let base = try result { _ in }
    #expect(try result { $0.seed = 1 } != base)
    #expect(try result { $0.shards = 3 } != base)
    #expect(try result { $0.shuffle = false } != base)
    #expect(try result { $0.wire = .bfloat16 } != base)
    #expect(try result { $0.augmentation = AugmentationPreset.shapes.augmentation } != base)
    let withoutDropout = try makeTrainer(
      smallNetwork.withDropout(0), quartersPair(train: 100), Variant.plain.change)
    _ = try withoutDropout.run()
    #expect(bits(withoutDropout) != base)
  }

  @Test("16 workers on few cores finish, with the same weights")
  func oversubscribed() throws {
    func result(workers: Int) throws -> (bits: [UInt32], warnings: [String]) {
      let trainer = try makeTrainer(quartersPair(train: 90)) {
        $0.shards = 16
        $0.workers = workers
        $0.batchSize = 40
      }
      _ = try trainer.run()
      return (bits(trainer), trainer.warnings)
    }
    let many = try result(workers: 16)
    #expect(many.bits == (try result(workers: 1)).bits)
  }
}
