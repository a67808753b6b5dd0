/// Why the ranks of a job cannot go on together.
public enum JobError: Error, Hashable, CustomStringConvertible {
  /// The job ends because of another rank, whose message the first rank has told.
  case endedByAnotherRank
  /// A call of MPI returned an error, which the library describes.
  case mpiFailed(operation: String, message: String)
  /// The library does not let a thread of our choice call it.
  case noThreads(library: String)
  /// A range of floats that cannot be given to MPI: not whole cache lines, or too far out.
  case notInLines(Range<Int>)
  /// Two ranks came to meet the others for different things: they run with different options, or one
  /// of them has taken another turn.
  case differentPlaces(
    rank: Int, host: String, place: String, firstHost: String, firstPlace: String)

  public var description: String {
    switch self {
    case .endedByAnotherRank:
      "the job was ended because of another rank"
    case .mpiFailed(let operation, let message):
      "\(operation) between the ranks failed: \(message)"
    case .noThreads(let library):
      "the MPI library (\(library)) does not support programs with threads; "
        + "install one that was built with MPI_THREAD_FUNNELED"
    case .notInLines(let range):
      "the elements \(range.lowerBound)..<\(range.upperBound) cannot be sent: ranges start and end at "
        + "multiples of \(MPICount.lineElements), below 2^35"
    case .differentPlaces(let rank, let host, let place, let firstHost, let firstPlace):
      "rank \(rank) (host \(host)) is at \"\(place)\" while rank 0 (host \(firstHost)) is at "
        + "\"\(firstPlace)\"; start all ranks with the same options"
    }
  }
}
