import Foundation

/// Watches over the time in which MPI starts and all ranks meet for the first time: MPI itself
/// waits without a word and without end for one that does not come.
///
/// Belongs to the thread that waits for MPI.
final class StartWatch {
  private let rank: Int
  private let size: Int
  private let timeoutSeconds: Double
  /// When to look for the next time.
  private(set) var nextLook: Date
  private var hasLooked = false

  /// How long a rank waits for the word of one that comes before it: the first rank of each host
  /// before the others, and hosts one after the other. `mpirun` takes up to three seconds to end
  /// them all.
  private static let turnSeconds = 4.0
  private static let mostTurns = 10

  init(_ launch: LaunchEnvironment, timeoutSeconds: Double) {
    rank = launch.rank
    size = launch.size ?? 1
    self.timeoutSeconds = timeoutSeconds
    let host = launch.rank / max(1, launch.localSize ?? 1)
    let turn = min(host, Self.mostTurns) + (launch.localRank == 0 ? 0 : 1)
    nextLook = Date(timeIntervalSinceNow: timeoutSeconds + Self.turnSeconds * Double(turn))
  }

  /// What this rank has to say, if it is the one that speaks for its host.
  func look() -> String? {
    let report = StartReport(
      rank: rank, size: size, host: HostName.current, seconds: timeoutSeconds,
      ranks: LocalRanks.current())
    defer { hasLooked = true }
    if !hasLooked, let speaker = report.speaker, speaker != rank {
      nextLook = Date(timeIntervalSinceNow: Self.turnSeconds)
      return nil
    }
    return report.description
  }
}
