/// A property of `TrainingOptions`: who has to have the same value, and what it decides.
package struct TrainingSetting: Sendable {
  /// The property's name. Messages write it in backquotes.
  package let name: String
  package let ranks: AmongRanks
  package let resumed: InResumedRun
  /// Whether another value may make other weights, bit for bit, in the same number of steps.
  package let changesWeights: Bool

  /// What holds for the ranks of a job.
  package enum AmongRanks: Sendable {
    /// They must agree. The words and the value follow "rank 3 has": `batch size`, `128`.
    case same(_ words: String, _ value: @Sendable (TrainingOptions) -> String)
    /// They must agree, which the setting of that name sees to.
    case comparedWith(_ name: String)
    case mayDiffer
  }

  /// What holds for a run that continues a checkpoint.
  package enum InResumedRun: Sendable {
    /// Another value is refused.
    case same(any SavedSetting)
    /// Another value is taken, and the user is told what it means: see `LearningRateCourse`.
    case warns
    case mayDiffer
  }

  init(
    _ name: String, changesWeights: Bool, ranks: AmongRanks, resumed: InResumedRun = .mayDiffer
  ) {
    self.name = name
    self.ranks = ranks
    self.resumed = resumed
    self.changesWeights = changesWeights
  }

  /// What ranks compare; nil if nothing.
  func fact(_ options: TrainingOptions) -> RankFact? {
    guard case .same(let words, let value) = ranks else { return nil }
    return RankFact(words, value(options))
  }

  /// What checkpoints keep; nil if nothing.
  var saved: (any SavedSetting)? {
    guard case .same(let saved) = resumed else { return nil }
    return saved
  }
}
