/// Ranks, and what they do, in words.
package struct RankWords: Sendable {
  package let hosts: [String]
  /// The names of the network's layers by node; empty before there is a network.
  package let layerNames: [String]

  package init(hosts: [String], layerNames: [String]) {
    self.hosts = hosts
    self.layerNames = layerNames
  }

  /// `rank 3 (host b)`, `ranks 1, 2 (hosts a, b)`
  package func name(_ ranks: [Int]) -> String {
    let several = ranks.count == 1 ? "" : "s"
    let numbers = ranks.map { "\($0)" }.joined(separator: ", ")
    let names = ranks.map { hosts[$0] }.joined(separator: ", ")
    return "rank\(several) \(numbers) (host\(several) \(names))"
  }

  /// `backward of conv2, step 57`
  package func activity(_ entry: ActivityBoard.Entry) -> String {
    let layer = entry.node.flatMap { layerNames.indices.contains($0) ? layerNames[$0] : nil }
    let layerText = layer.map { " of \($0)" } ?? ""
    let inStep = entry.step > 0 ? ", step \(entry.step)" : ""
    let afterStep = entry.step > 0 ? ", after step \(entry.step)" : ""
    return switch entry.phase {
    case .starting: "starting"
    case .waitingForData: "waiting for data\(inStep)"
    case .forward: "forward\(layerText)\(inStep)"
    case .backward: "backward\(layerText)\(inStep)"
    case .exchanging: "exchanging gradients\(inStep)"
    case .evaluating: "evaluating\(afterStep)"
    case .writingCheckpoint: "writing a checkpoint\(afterStep)"
    case .finished: "finishing"
    }
  }

  /// The start of a message about a failure: `rank 3 (host b), step 57, backward of conv2`.
  package func place(rank: Int, _ entry: ActivityBoard.Entry) -> String {
    guard entry.phase != .starting else { return name([rank]) }
    return "\(name([rank])), \(activity(entry))"
  }

  package func finding(_ finding: RankWatch.Finding, _ table: RankTable, now: Double) -> String {
    func lastSign(_ rank: Int) -> String {
      activity(ActivityBoard.entry(packed: table.records[rank].sign.activity))
    }
    func lastSigns(_ ranks: [Int]) -> String {
      if ranks.count == 1 { return lastSign(ranks[0]) }
      return ranks.map { "rank \($0) \(lastSign($0))" }.joined(separator: "; ")
    }
    switch finding {
    case .lost(let ranks):
      return
        // Where one rank dies, Open MPI may keep others from answering that tried to reach it.
        "\(name(ranks)) \(ranks.count == 1 ? "has died" : "have died or no longer answer"); last heard of: "
        + "\(lastSigns(ranks)); look there for a message of its own or one about memory, and continue "
        + "with `resume(from:)` and the output folder"
    case .stalled(let waiting, let missing, let seconds):
      let waited =
        "\(name(waiting)) \(waiting.count == 1 ? "has" : "have") waited \(Int(seconds)) s"
      guard !missing.isEmpty else {
        return
          "\(waited) for messages of one another; see whether the network between the hosts works"
      }
      let silence = Int(missing.map { now - table.records[$0].changed }.max() ?? 0)
      return
        "\(waited) for \(name(missing)), last heard of \(silence) s ago: \(lastSigns(missing)); see "
        + "whether the process runs and the host can be reached, or give a longer `stallTimeoutSeconds`"
    }
  }
}
