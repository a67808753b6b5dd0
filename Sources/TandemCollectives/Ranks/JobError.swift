/// Why the ranks of a job cannot go on together.
package enum JobError: Error, Hashable, CustomStringConvertible {
  /// The job ends because of another rank, whose message the first rank has told.
  case endedByAnotherRank
  /// A call of MPI returned an error, which the library describes.
  case mpiFailed(operation: String, message: String)
  /// MPI has lost another rank, and cannot tell which.
  case connectionLost
  /// Variables of a job that is not there any more say that this process is one of its ranks.
  case leftOverVariables
  /// The process may open fewer files and connections than its part in the job takes.
  case fewDescriptors(limit: Int, needed: Int)
  /// The library does not let a thread of our choice call it.
  case noThreads(library: String)
  /// A range of floats that cannot be given to MPI: not whole cache lines, or too far out.
  case notInLines(Range<Int>)
  /// The library could not make memory that the ranks of a host share.
  case noSharedMemory(byteCount: Int, message: String)

  package var description: String {
    switch self {
    case .endedByAnotherRank:
      "the job was ended because of another rank"
    case .mpiFailed(let operation, let message):
      "\(operation) between the ranks failed: \(message)"
    case .connectionLost:
      "the connection to another rank has ended: that rank has died, or its host cannot be reached "
        + "any more"
    case .leftOverVariables:
      "OMPI_COMM_WORLD_SIZE and its like are left over from a job whose mpirun is not there any more; "
        + "unset the variables that begin with OMPI_COMM_WORLD_ and PMIX_, or start the job with mpirun"
    case .fewDescriptors(let limit, let needed):
      "this process may open \(limit) files and connections, which leaves MPI fewer than the \(needed) that "
        + "it needs; raise the limit on each host: ulimit -n 1024"
    case .noThreads(let library):
      "the MPI library (\(library)) does not support programs with threads; "
        + "install one that was built with MPI_THREAD_FUNNELED"
    case .noSharedMemory(let byteCount, let message):
      "\(byteCount) bytes of memory that all ranks of this host share were refused (\(message)); give "
        + "the host or container a larger /dev/shm, or use `sharesMemory = false`"
    case .notInLines(let range):
      "the elements \(range.lowerBound)..<\(range.upperBound) cannot be sent: ranges start and end at "
        + "multiples of \(MPICount.lineElements), below 2^35"
    }
  }
}
