import Foundation

/// How this process was started, as its environment tells: by Open MPI's `mpirun`, or plainly.
///
/// The environment decides, because asking MPI itself means starting it, which a plain run never
/// does.
package struct LaunchEnvironment: Hashable, Sendable {
  /// The ranks of the job; nil for a plain run.
  package let size: Int?
  /// This process among them; 0 for a plain run.
  package let rank: Int
  /// The first rank with the same command line: `mpirun` can give ranks different ones, with a `:`
  /// between them.
  package let firstOfCommandLine: Int
  /// The ranks on this host; nil if the launcher does not say.
  package let localSize: Int?
  /// This process among them; 0 if the launcher does not say.
  package let localRank: Int
  /// Whether the variables tell of a job whose launcher is not there any more: a shell, a notebook
  /// or a container has inherited them. Such a process is no rank.
  package let isLeftOver: Bool

  /// - Parameter isAlive: whether the launcher that `environment` tells of is there.
  package init(
    _ environment: [String: String],
    isAlive: ([String: String]) -> Bool = { Launcher($0).isAlive }
  ) {
    func number(_ name: String) -> Int? { environment["OMPI_" + name].flatMap { Int($0) } }
    let size = number("COMM_WORLD_SIZE").flatMap { $0 > 0 ? $0 : nil }
    isLeftOver = size != nil && !isAlive(environment)
    guard let size, !isLeftOver else {
      self.size = nil
      rank = 0
      firstOfCommandLine = 0
      localSize = nil
      localRank = 0
      return
    }
    self.size = size
    let rank = number("COMM_WORLD_RANK") ?? 0
    self.rank = rank
    localSize = number("COMM_WORLD_LOCAL_SIZE")
    localRank = number("COMM_WORLD_LOCAL_RANK") ?? 0
    // The ranks with the first command line come first, then those with the second.
    let counts = (environment["OMPI_APP_CTX_NUM_PROCS"] ?? "").split(separator: " ")
      .compactMap { Int($0) }
    let starts = counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    firstOfCommandLine = starts.last { $0 <= rank } ?? 0
  }

  /// Whether all ranks of the job are on this host.
  package var isOnOneHost: Bool { size != nil && localSize == size }

  /// The environment of the running process.
  package static let current = LaunchEnvironment(ProcessInfo.processInfo.environment)
}
