import TandemCollectives

/// A rank that differs from the first one, in what, and what to do.
///
/// All ranks find the same one, from the same facts.
package struct RankDifference: JobWideError, Hashable, CustomStringConvertible {
  let rank: Int
  let host: String
  let firstHost: String
  let fact: RankFact
  /// nil if the first rank knows nothing of the kind.
  let firstValue: String?
  /// The names of further facts that differ.
  let others: [String]

  /// The first rank that differs from rank 0 and the first of its facts that does; nil if all
  /// agree.
  ///
  /// - Parameters:
  ///   - facts: of each rank, the most telling first: without the same program other facts say
  ///     little.
  ///   - hosts: the name of each rank's host.
  package init?(_ facts: [[RankFact]], hosts: [String]) {
    for rank in facts.indices.dropFirst() where facts[rank] != facts[0] {
      let differing = facts[rank].filter { !facts[0].contains($0) }
      // What only the first rank has is named as missing here.
      let missing = facts[0].filter { fact in !facts[rank].contains { $0.name == fact.name } }
        .map { RankFact($0.name, "unknown", $0.remedy) }
      guard let fact = (differing + missing).first else { continue }
      self.rank = rank
      host = hosts[rank]
      firstHost = hosts[0]
      self.fact = fact
      firstValue = facts[0].first { $0.name == fact.name }?.value
      others = (differing + missing).dropFirst().map(\.name)
      return
    }
    return nil
  }

  package var description: String {
    let more = others.isEmpty ? "" : " (also different: \(others.joined(separator: ", ")))"
    return
      "rank \(rank) (host \(host)) has \(fact.name) \(fact.value), rank 0 (host \(firstHost)) has "
      + "\(firstValue ?? "none")\(more); \(fact.remedy.text)"
  }
}

extension Job {
  /// Makes sure that all ranks agree. All call it at the same place.
  ///
  /// - Throws: `RankDifference` on all ranks, `JobError`.
  func compare(_ activity: String, _ facts: @autoclosure () throws -> [RankFact]) throws {
    if size == 1 { return }
    if let difference = RankDifference(try gather(activity, facts()), hosts: hosts) {
      throw difference
    }
  }
}
