import TandemNetwork

/// How a run ended and what it reached.
public struct TrainingResult: Hashable, Codable, Sendable {
  public enum Ending: String, Hashable, Codable, Sendable {
    /// All epochs are done.
    case completed
    /// Epochs got no better any more (`TrainingOptions.earlyStopping`).
    case earlyStopping
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
  /// Results on the measured images with the final parameters; nil if not evaluated or interrupted.
  public let evaluation: EvaluationResult?
  /// The same with the mean of the last epochs' weights (`TrainingOptions.averageLast`).
  public let averageEvaluation: EvaluationResult?
  /// The epoch whose weights are kept as the best ones; nil if none are.
  public let best: BestEpoch?
  /// The folder of the last checkpoint, if any was written.
  public let checkpoint: String?
  /// Seconds of training in this call of `run`, without evaluation.
  public let seconds: Double
  public let imagesPerSecond: Double
  public let trainableParameters: Int
  public let ranks: Int
  /// The number of workers of each rank.
  public let workersOfRanks: [Int]
  /// The workers of all ranks together.
  public let workers: Int
  public let shards: Int
  /// One line on how to continue a run that has not done all its epochs; nil if there is nothing to
  /// continue or no checkpoint to continue from.
  public let resumeHint: String?
}
