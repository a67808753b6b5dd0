import TandemData
import TandemNetwork

/// What a run is going to do.
public struct TrainingStart: Hashable, Codable, Sendable {
  public let network: String
  public let trainableParameters: Int
  /// Parameters that would be trained if they were not frozen.
  public let frozenParameters: Int
  public let dataset: String
  public let trainImages: Int
  /// Images that are measured with after each epoch.
  public let testImages: Int
  /// What they are.
  public let measuredPart: MeasuredPart
  public let classes: Int
  public let optimizer: String
  public let batchSize: Int
  public let epochs: Int
  /// Updates per epoch.
  public let stepsPerEpoch: Int
  public let ranks: Int
  /// The number of workers of each rank.
  public let workersOfRanks: [Int]
  /// The workers of all ranks together.
  public let workers: Int
  public let shards: Int
  /// The workers as devices, if they are arranged so, and what these share.
  public let mesh: Mesh?
  public let parallelism: Parallelism
  /// Whether each worker stays on one core.
  public let pinned: Bool
  /// Bytes of activations and scratch memory of each worker.
  public let arenaBytes: Int
  /// nil for images that are only copied.
  public let preparation: ImagePreparation?
  public let outputFolder: String?
  /// The updates of a resumed run that are already made; 0 for a new run.
  public let resumedSteps: Int
  /// The complete epochs of a resumed run.
  public let previousEpochs: [EpochRecord]
}
