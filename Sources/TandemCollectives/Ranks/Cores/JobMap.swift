/// Where all ranks of a job run, and which part of the cores is whose.
///
/// A rank has the cores that its launcher bound it to. Ranks of a host that may use the same cores
/// divide them: the first of them has the first part, and so on.
package struct JobMap: Hashable, Codable, Sendable {
  package let ranks: [RankCores]

  package init(_ ranks: [RankCores]) {
    self.ranks = ranks
  }

  /// Asks all ranks, which come here at the same place.
  /// - Throws: `JobError`.
  package init(_ job: Job) throws {
    ranks = try job.gather("finding out where ranks run", .current(job))
  }

  /// The cores that a rank need not share with others; none where there are more ranks than cores.
  package func ownCores(ofRank rank: Int) -> [[Int]] {
    let cores = ranks[rank].cores
    let sharing = ranks.filter {
      $0.hostNumber == ranks[rank].hostNumber && $0.cores == cores
    }
    guard let position = sharing.firstIndex(where: { $0.rank == rank }),
      sharing.count <= cores.count
    else { return [] }
    func cut(_ index: Int) -> Int { cores.count * index / sharing.count }
    return Array(cores[cut(position)..<cut(position + 1)])
  }

  /// How many workers make sense for a rank: one for each of its own cores, at most its part of
  /// what the control group grants, which is taken to be one for all ranks of a host.
  package func usableCores(ofRank rank: Int) -> Int {
    let cores = max(1, ownCores(ofRank: rank).count)
    guard let quota = ranks[rank].quota else { return cores }
    let neighbours = ranks.filter { $0.hostNumber == ranks[rank].hostNumber }.count
    return max(1, min(cores, Int(quota / Double(neighbours))))
  }

  /// One logical cpu of each of a rank's own cores, to pin workers to.
  package func pinnableCPUs(ofRank rank: Int) -> [Int] {
    ownCores(ofRank: rank).compactMap(\.first)
  }

  /// The ranks of each host, in the order of their lowest ranks.
  var hosts: [[RankCores]] {
    Set(ranks.map(\.hostNumber)).sorted().map { number in
      ranks.filter { $0.hostNumber == number }
    }
  }
}
