import Foundation

/// Where one rank runs, as it tells the others.
package struct RankCores: Hashable, Codable, Sendable {
  package let rank: Int
  package let host: String
  /// The lowest rank of the same host: hosts may have equal names.
  let hostNumber: Int
  /// The logical cpus of each physical core that the launcher lets this rank use.
  package let cores: [[Int]]
  /// Cpus' worth of time that the rank's control group grants; nil without a limit.
  package let quota: Double?
  /// Physical cores that the launcher could have given to the host's ranks: its own.
  let coresOfLauncher: Int

  package init(
    rank: Int, host: String, hostNumber: Int, cores: [[Int]], quota: Double?, coresOfLauncher: Int
  ) {
    self.rank = rank
    self.host = host
    self.hostNumber = hostNumber
    self.cores = cores
    self.quota = quota
    self.coresOfLauncher = coresOfLauncher
  }

  /// This rank's. To be asked before its threads are restricted to cpus of their own.
  static func current(_ job: Job) -> RankCores {
    let topology = CPUTopology.current()
    let launcher = isParentLauncher ? CPUTopology.of(process: getppid()) : topology
    return RankCores(
      rank: job.rank, host: job.hosts[job.rank], hostNumber: job.localRanks[0],
      cores: topology.cores, quota: topology.quota,
      coresOfLauncher: max(launcher.cores.count, topology.cores.count))
  }

  /// Whether the parent process is one of Open MPI's, which are bound to no cores but those that
  /// the job has; Slurm's may be.
  private static var isParentLauncher: Bool {
    let name = FileManager.default.contents(atPath: "/proc/\(getppid())/comm")
      .map { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines) }
    return ["mpirun", "mpiexec", "orterun", "orted", "prterun", "prted"].contains(name)
  }

  /// Logical cpus, ascending.
  package var cpus: [Int] { cores.joined().sorted() }
}
