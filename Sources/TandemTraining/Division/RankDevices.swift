import TandemNetwork

/// The devices of a mesh on the ranks of a job. A rank has whole model groups, or is part of one
/// with other ranks.
struct RankDevices: Hashable, Sendable {
  let mesh: Mesh
  private let rank: Int
  /// The number of devices of each rank, the same on all.
  private let devicesOfRank: Int

  /// - Throws: `TrainingError.mesh` if ranks have different numbers of workers, or their groups
  ///   would end in the midst of a rank.
  init(_ mesh: Mesh, rank: Int, workersOfRanks: [Int]) throws {
    let workers = workersOfRanks[rank]
    if let other = workersOfRanks.indices.first(where: { workersOfRanks[$0] != workersOfRanks[0] })
    {
      throw TrainingError.mesh(
        problem: "a mesh \(mesh) takes as many workers on each rank, but rank 0 has "
          + "\(workersOfRanks[0]) and rank \(other) has \(workersOfRanks[other])",
        remedy: "use the same `workers` on all ranks")
    }
    guard workers % mesh.model == 0 || mesh.model % workers == 0 else {
      throw TrainingError.mesh(
        problem: "the \(workers) workers of a rank are neither whole model groups of \(mesh.model) "
          + "devices nor an even part of one",
        remedy: "use `workers` that divide \(mesh.model), or a multiple of it")
    }
    self.mesh = mesh
    self.rank = rank
    devicesOfRank = workers
  }

  /// Those of this rank.
  var own: Range<Int> { devices(ofRank: rank) }

  /// Model groups that have devices on this rank.
  var groups: Int { max(1, devicesOfRank / mesh.model) }

  /// Devices of a group on this rank.
  var membersHere: Int { min(mesh.model, devicesOfRank) }

  /// Whether groups span several ranks, so that activations travel between ranks.
  var crossRanks: Bool { devicesOfRank < mesh.model }

  /// The devices of this rank's group on each of `ranks` ranks, as the group numbers them; none on
  /// ranks of other groups. Where groups span ranks.
  func members(ranks: Int) -> [Range<Int>] {
    let first = own.lowerBound / mesh.model * mesh.model
    return (0..<ranks).map { rank in
      let devices = devices(ofRank: rank)
      return first..<first + mesh.model ~= devices.lowerBound
        ? devices.lowerBound - first..<devices.upperBound - first : 0..<0
    }
  }

  private func devices(ofRank rank: Int) -> Range<Int> {
    rank * devicesOfRank..<(rank + 1) * devicesOfRank
  }
}
