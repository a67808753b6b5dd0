import Foundation
import TandemCollectives
import TandemNetwork

/// The workers of this rank, on cores of their own as far as there are any, and how many all ranks
/// have.
package struct RankTeam {
  /// The workers of all ranks.
  package let workers: JobWorkers
  package let team: Team
  let isPinned: Bool
  /// How many cores this rank has without a worker.
  let idleCores: Int
  /// What the user should know about where workers run, each in one line; the same on all ranks.
  package let warnings: [String]

  /// Starts the workers; all ranks come here.
  ///
  /// - Parameters:
  ///   - asked: how many workers the user wants for this rank; nil for one per core.
  ///   - shards: how many logical shards there are; nil where each worker gets one, or none is
  ///     needed.
  ///   - usesShards: whether the result depends on the number of shards.
  /// - Throws: `TrainingError.moreWorkersThanShards`, `JobError`, `ThreadShortage`.
  package init(
    _ job: Job, asked: Int?, shards: Int? = nil, usesShards: Bool, pins: Bool
  ) throws {
    let map = try JobMap(job)
    let usable = map.usableCores(ofRank: job.rank)
    let wish = JobWorkers.Wish(asked: asked, sensible: min(usable, Team.mostWorkers))
    workers = try JobWorkers(job.gather("counting workers", wish), shards: shards)
    let own = workers.counts[job.rank]
    let cpus = map.pinnableCPUs(ofRank: job.rank)
    team = try Team(
      workers: own, pinnedTo: pins ? cpus : nil, cores: cpus.isEmpty ? 0 : usable)
    isPinned = pins && own <= cpus.count && team.pinningFailures.isEmpty
    idleCores = max(0, usable - own)
    let failures = try job.gather("gathering warnings", team.pinningFailures.map(\.description))
    let named = try job.gather(
      "gathering warnings",
      OpenMPVariables.warning(
        ProcessInfo.processInfo.environment, cpus: CPUTopology.current().allowedCPUs))
    let placement =
      job.isLaunched
      ? map.warnings(workers: workers.counts)
      : Self.warnings(workers: own, cores: usable, usesShards: usesShards)
    // Launchers give all ranks the same environment.
    warnings =
      placement + named.compactMap(\.self).prefix(1)
      + failures.enumerated().flatMap { rank, failures in
        failures.map { rank == 0 ? $0 : "rank \(rank) (host \(job.hosts[rank])): \($0)" }
      }
  }

  /// The warnings of a plain run.
  package static func warnings(workers: Int, cores: Int, usesShards: Bool) -> [String] {
    guard workers > cores else { return [] }
    let advice = usesShards ? " with `shards` \(workers) for the same result" : ""
    return [
      "\(workers) workers share \(counted(cores, "core")), which is slower than one worker per core; "
        + "use `workers` \(cores)\(advice)"
    ]
  }
}
