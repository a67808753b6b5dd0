import TandemCollectives

/// What all workers of a rank have in common while they make steps.
struct RankStep: Sendable {
  let layout: JobLayout
  let memory: TrainingMemory
  let loss: Loss
  /// What an image counts in it, by its label; nil where all count alike.
  let classWeights: [Float]?
  let seed: UInt64
  /// Whether a loss that is not finite is none of anybody's business here.
  let toleratesNonFinite: Bool
  /// How far the workers have come with what others wait for.
  let progress: BucketProgress
  /// nil where no layer asks for statistics of all shards.
  let statistics: ShardStatistics?
}
