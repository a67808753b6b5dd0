import TandemNetwork

/// What a run is going to do.
public struct TrainingStart: Hashable, Codable, Sendable {
  public let network: String
  public let trainableParameters: Int
  public let dataset: String
  public let trainImages: Int
  public let testImages: Int
  public let classes: Int
  public let optimizer: String
  public let batchSize: Int
  public let epochs: Int
  /// Updates per epoch.
  public let stepsPerEpoch: Int
  public let ranks: Int
  /// Of each rank.
  public let workersOfRanks: [Int]
  /// Of all ranks together.
  public let workers: Int
  public let shards: Int
  /// The workers as devices, if they are arranged so, and what these share.
  public let mesh: Mesh?
  public let parallelism: Parallelism
  /// Whether each worker stays on one core.
  public let pinned: Bool
  /// Bytes of activations and scratch memory of each worker.
  public let arenaBytes: Int
  public let outputFolder: String?
  /// The updates of a resumed run that are already made; 0 for a new run.
  public let resumedSteps: Int
  /// The complete epochs of a resumed run.
  public let previousEpochs: [EpochRecord]
}

/// One update.
public struct StepRecord: Hashable, Codable, Sendable {
  /// 1-based.
  public let epoch: Int
  public let epochs: Int
  /// 1-based.
  public let stepInEpoch: Int
  public let stepsPerEpoch: Int
  /// Updates since the start of the training, this one included.
  public let step: Int
  /// Images of this update.
  public let images: Int
  public let learningRate: Float
  /// Mean loss and accuracy (0…1) of the epoch's training images so far, measured as they were used.
  public let loss: Double
  public let top1: Double
  public let imagesInEpoch: Int
  public let trainImages: Int
  public let secondsInEpoch: Double
  /// Of this update.
  public let exchange: ExchangeFigures
}

/// One pass over the training images.
public struct EpochRecord: Hashable, Codable, Sendable {
  /// 1-based.
  public let epoch: Int
  /// Updates since the start of the training.
  public let step: Int
  /// The rate of the last update.
  public let learningRate: Float
  /// Mean loss and accuracy (0…1) of the training images, measured as they were used.
  public let trainLoss: Double
  public let trainTop1: Double
  /// Of all test images after the epoch; nil if they are not evaluated.
  public let testLoss: Double?
  public let testTop1: Double?
  public let testTop5: Double?
  /// Of training, without evaluation and checkpoints.
  public let imagesPerSecond: Double
  public let seconds: Double
  /// The part of `seconds` that worker 0 waited for mini-batches.
  public let secondsWaitingForData: Double
  /// Of all updates of the epoch; on the first rank.
  public let exchange: ExchangeFigures
}

/// How a run ended and what it reached.
public struct TrainingResult: Hashable, Codable, Sendable {
  public enum Ending: String, Hashable, Codable, Sendable {
    /// All epochs are done.
    case completed
    /// The step limit was reached before that.
    case stepLimit
    /// A stop was requested, by a signal for example.
    case interrupted
  }

  public let ending: Ending
  /// All epochs of the training, those before a resume included.
  public let epochs: [EpochRecord]
  /// Updates since the start of the training.
  public let steps: Int
  /// Of the test images, with the final parameters; nil if not evaluated or interrupted.
  public let evaluation: EvaluationResult?
  /// The folder of the last checkpoint, if any was written.
  public let checkpoint: String?
  /// Of training in this call of `run`, without evaluation.
  public let seconds: Double
  public let imagesPerSecond: Double
  public let trainableParameters: Int
  public let ranks: Int
  /// Of each rank.
  public let workersOfRanks: [Int]
  /// Of all ranks together.
  public let workers: Int
  public let shards: Int
  /// One line on how to continue a run that has not done all its epochs; nil if there is nothing to
  /// continue or no checkpoint to continue from.
  public let resumeHint: String?
}
