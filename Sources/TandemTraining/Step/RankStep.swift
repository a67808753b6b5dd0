import TandemCollectives

/// What all workers of a rank have in common while they make steps.
struct RankStep: Sendable {
  let layout: JobLayout
  let memory: TrainingMemory
  let loss: Loss
  let seed: UInt64
  /// How far the workers have come with what others wait for.
  let progress: BucketProgress
  /// nil where no layer asks for statistics of all shards.
  let statistics: ShardStatistics?
}
