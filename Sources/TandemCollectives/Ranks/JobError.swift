/// Why the ranks of a job cannot go on together.
public enum JobError: Error, Hashable, CustomStringConvertible {
  /// The job ends because of another rank, whose message the first rank has told.
  case endedByAnotherRank

  public var description: String {
    switch self {
    case .endedByAnotherRank: "the job was ended because of another rank"
    }
  }
}
