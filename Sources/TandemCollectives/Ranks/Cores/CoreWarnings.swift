extension JobMap {
  /// What is wrong with the cores of a job's ranks, one line for each host: more workers than
  /// cores, or cores that nobody uses.
  ///
  /// - Parameter workers: of each rank.
  package func warnings(workers: [Int]) -> [String] {
    hosts.flatMap { ranks in
      crowded(ranks, workers).map { [$0] } ?? idle(ranks, workers).map { [$0] } ?? []
    }
  }

  /// The ranks of a host that have more workers than cores.
  private func crowded(_ ranks: [RankCores], _ workers: [Int]) -> String? {
    func total(_ ranks: [RankCores]) -> Int { ranks.reduce(0) { $0 + workers[$1.rank] } }
    let crowded = groups(ranks).filter { total($0) > Self.cores($0) }
    guard let group = crowded.first else { return nil }
    let all = crowded.flatMap(\.self).sorted { $0.rank < $1.rank }
    let cores = crowded.reduce(0) { $0 + Self.cores($1) }
    let each = Self.cores(group) / group.count
    // Where the launcher has more cores than it gave to these ranks, it can give them more.
    let free = ranks[0].coresOfLauncher
    let binding =
      free / ranks.count > each
      ? "\(Self.binding(ranks: ranks.count, cores: free)), or " : ""
    let advice = each > 0 ? "`workers` \(each)" : "at most \(counted(cores, "rank")) there"
    return "\(Self.names(all)) \(all.count == 1 ? "runs" : "run") \(counted(total(all), "worker")) "
      + "on \(counted(cores, "core")), which is slower than one worker per core; use "
      + binding + advice
  }

  /// How many cores ranks have together, at most what their control group grants.
  private static func cores(_ ranks: [RankCores]) -> Int {
    min(Set(ranks.flatMap(\.cores)).count, ranks[0].quota.map { max(1, Int($0)) } ?? .max)
  }

  /// The ranks of a host that leave cores unused because they are bound to others.
  private func idle(_ ranks: [RankCores], _ workers: [Int]) -> String? {
    let bound = Set(ranks.flatMap(\.cores)).count
    let free = ranks[0].coresOfLauncher
    let used = ranks.reduce(0) { $0 + workers[$1.rank] }
    // Fewer workers than the ranks have cores is what the user asked for.
    guard bound < free, used >= bound, free / ranks.count > bound / ranks.count else { return nil }
    return "\(Self.names(ranks)) \(ranks.count == 1 ? "is" : "are") bound to \(bound) of "
      + "\(counted(free, "core")); to use all, add "
      + Self.binding(ranks: ranks.count, cores: free)
  }

  /// Ranks of a host that may use a core in common, directly or through others.
  private func groups(_ ranks: [RankCores]) -> [[RankCores]] {
    var groups: [[RankCores]] = []
    for rank in ranks {
      let cpus = Set(rank.cpus)
      let touching = groups.filter { group in
        group.contains { !cpus.isDisjoint(with: $0.cpus) }
      }
      groups.removeAll { touching.contains($0) }
      groups.append(touching.flatMap(\.self) + [rank])
    }
    return groups.map { $0.sorted { $0.rank < $1.rank } }
  }

  /// mpirun's options for as many cores as there are for each rank of a host.
  private static func binding(ranks: Int, cores: Int) -> String {
    "mpirun --map-by ppr:\(ranks):node:PE=\(max(1, cores / ranks)) --bind-to core"
  }

  /// `rank 2 (host b)`, `ranks 0-3 (host a)`
  private static func names(_ ranks: [RankCores]) -> String {
    let numbers = CPUList.text(ranks.map(\.rank))
    return "rank\(ranks.count == 1 ? "" : "s") \(numbers) (host \(ranks[0].host))"
  }
}

/// `1 core`, `2 cores`
private func counted(_ count: Int, _ thing: String) -> String {
  "\(count) \(thing)\(count == 1 ? "" : "s")"
}
