/// The processes that work together: a whole `mpirun` job as one of its ranks sees it, or a plain run,
/// which is a job with one rank.
///
/// Safe to share: constant; the communicator is used by one thread only, see `perform`.
public final class Job: Sendable {
  /// This process, 0 ..< `size`.
  public let rank: Int
  public let size: Int
  /// The name of each rank's host.
  public let hosts: [String]
  /// The ranks on this host, ascending, this one among them.
  public let localRanks: [Int]
  /// What each worker is doing, for messages to the other ranks.
  public let activity: ActivityBoard

  /// The job of a plain run.
  public static let solo = Job()

  private init() {
    rank = 0
    size = 1
    hosts = ["localhost"]
    localRanks = [0]
    activity = ActivityBoard()
  }

  /// Runs `body` on the one thread that may use the communicator, and returns what it returns. To be
  /// called by one thread at a time, never by a worker.
  ///
  /// - Parameter activity: what it is for, as others will read it if they have to wait for this rank:
  ///   "comparing settings".
  /// - Throws: what `body` throws.
  public func perform<Result>(
    _ activity: String, _ body: (any Communicator) throws -> Result
  ) throws -> Result {
    try body(SoloCommunicator())
  }
}
