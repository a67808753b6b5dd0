import Foundation
import TandemCollectives

/// Who says what a command line leads to before there is a job: the first of the ranks that have
/// the same one.
extension LaunchEnvironment {
  /// How long a rank waits for the word of one on another host, and for the others to be gone.
  private static let waitSeconds = 2.0
  private static let leavingSeconds = 0.5

  /// Whether it is this rank, by what the launcher says.
  var speaks: Bool { rank == firstOfCommandLine }

  /// The same where a script may have chosen other words for each rank than the launcher knows of.
  /// Returns when that is known.
  func waitForTurn() -> Bool {
    if speaks { return true }
    let deadline = Date(timeIntervalSinceNow: Self.waitSeconds)
    let own = CommandLine.arguments
    repeat {
      let ranks = LocalRanks.current().entries.filter { !$0.isOver }
      if let first = ranks.first(where: { $0.arguments == own })?.rank, first < rank {
        return false
      }
      let processes = ranks.filter { $0.rank == firstOfCommandLine }
      // It has spoken, and is gone.
      if isOnOneHost, processes.isEmpty { return false }
      // It is busy with something else.
      if processes.contains(where: { $0.arguments.first == own.first }) { return true }
      usleep(20_000)
    } while Date() < deadline
    // If it had spoken, the launcher would have ended this rank too.
    return true
  }

  /// Lets the other ranks of this host leave first, if it is theirs to: Open MPI 5 says nothing of
  /// an exit code then.
  func waitForOthers() {
    guard let size, size > 1, MPILibrary.endsQuietly else { return }
    let deadline = Date(timeIntervalSinceNow: Self.leavingSeconds)
    while Date() < deadline,
      LocalRanks.current().entries.contains(where: { $0.rank != rank && !$0.isOver })
    {
      usleep(20_000)
    }
  }

  /// `rank 3 (host b): `, nothing for the first rank.
  var speaker: String { rank > 0 ? "rank \(rank) (host \(HostName.current)): " : "" }
}
