/// Where a run continues: what all ranks must know of the checkpoint that the first one has read.
struct ResumePoint: Codable, Sendable {
  /// The folder that holds the checkpoint.
  let folder: String
  let progress: TrainingProgress
}
