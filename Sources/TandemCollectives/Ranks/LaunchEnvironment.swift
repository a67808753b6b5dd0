import Foundation

/// How this process was started, as its environment tells: by Open MPI's `mpirun`, or plainly.
///
/// The environment decides, because asking MPI itself means starting it, which a plain run never does.
package struct LaunchEnvironment: Hashable, Sendable {
  /// The ranks of the job; nil for a plain run.
  package let size: Int?
  /// This process among them; 0 for a plain run.
  package let rank: Int
  /// The first rank with the same command line: `mpirun` can give ranks different ones, with a `:`
  /// between them.
  package let firstOfCommandLine: Int

  package init(_ environment: [String: String]) {
    func number(_ name: String) -> Int? { environment["OMPI_" + name].flatMap { Int($0) } }
    size = number("COMM_WORLD_SIZE").flatMap { $0 > 0 ? $0 : nil }
    let rank = number("COMM_WORLD_RANK") ?? 0
    self.rank = rank
    // The ranks with the first command line come first, then those with the second.
    let counts = (environment["OMPI_APP_CTX_NUM_PROCS"] ?? "").split(separator: " ")
      .compactMap { Int($0) }
    let starts = counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    firstOfCommandLine = starts.last { $0 <= rank } ?? 0
  }

  /// Of the running process.
  package static var current: LaunchEnvironment {
    LaunchEnvironment(ProcessInfo.processInfo.environment)
  }
}
