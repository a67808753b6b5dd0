import Foundation

/// What one rank can tell of the others when they do not all come: without MPI that is what the
/// processes of its own host show. A pure function of what was found.
package struct StartReport: CustomStringConvertible {
  /// What the thread that starts MPI is called as long as it does, for the other ranks of the host.
  static let threadName = "tandem.start"

  private let rank: Int
  private let size: Int
  private let host: String
  private let seconds: Double
  private let ranks: LocalRanks

  package init(rank: Int, size: Int, host: String, seconds: Double, ranks: LocalRanks) {
    self.rank = rank
    self.size = size
    self.host = host
    self.seconds = seconds
    self.ranks = ranks
  }

  /// What one rank is doing.
  private enum State: Hashable {
    /// It has come, and waits for the others inside of MPI.
    case waits
    case stopped(pid_t, program: String)
    case ended
    /// A process that has not begun to start MPI.
    case runs(pid_t, program: String)
  }

  /// The rank that speaks for its host: the first of those that wait.
  package var speaker: Int? {
    Set(ranks.entries.map(\.rank)).sorted().first { state(of: $0) == .waits }
  }

  private func state(of rank: Int) -> State {
    let processes = ranks.entries.filter { $0.rank == rank && !$0.isOver }
    if let starting = processes.first(where: { $0.threads.contains(Self.threadName) }) {
      return starting.isStopped
        ? .stopped(starting.process, program: starting.program) : .waits
    }
    if let stopped = processes.first(where: \.isStopped) {
      return .stopped(stopped.process, program: stopped.program)
    }
    // A script may have started it: the last one of a row of processes is what the rank is busy
    // with.
    let parents = Set(processes.map(\.parent))
    let last = processes.last { !parents.contains($0.process) }
    return last.map { .runs($0.process, program: $0.program) } ?? .ended
  }

  package var description: String {
    let known = Set(ranks.entries.map(\.rank) + [rank]).sorted()
    let others = (0..<size).filter { !known.contains($0) }
    let states = known.map { ($0, $0 == rank ? .waits : state(of: $0)) }
    let waiting = states.filter { $0.1 == .waits }.map(\.0)
    let rest = states.filter { $0.1 != .waits }.map { "rank \($0.0) \(words($0.1))" }
    var parts = [
      "\(Self.name(waiting)) \(waiting.count == 1 ? "waits" : "wait") in starting MPI"
    ]
    parts += rest
    var text =
      "rank \(rank) (host \(host)): after \(Int(seconds.rounded())) s not all \(size) ranks have met; "
      + "on this host " + parts.joined(separator: ", ")
    if !others.isEmpty {
      text +=
        "; \(Self.name(others)) on other hosts \(others.count == 1 ? "was" : "were") not heard of"
    }
    return text + "; \(advice(allWait: rest.isEmpty, others: others))"
  }

  private func words(_ state: State) -> String {
    switch state {
    case .waits: "waits in starting MPI"
    case .stopped(let process, let program): "is stopped (process \(process), \(program))"
    case .runs(let process, let program):
      "has not begun to start MPI (process \(process), \(program))"
    case .ended: "has ended"
    }
  }

  private func advice(allWait: Bool, others: [Int]) -> String {
    let longer = "or give a longer `startTimeoutSeconds`"
    if !allWait { return "see what keeps these processes, \(longer)" }
    if others.isEmpty { return "see whether all ranks are of the same Open MPI, \(longer)" }
    return
      "see whether these hosts can be reached over the network that btl_tcp_if_include names and "
      + "no firewall is between them, \(longer)"
  }

  /// `rank 3`, `ranks 0, 2`
  private static func name(_ ranks: [Int]) -> String {
    "rank\(ranks.count == 1 ? "" : "s") \(ranks.map { "\($0)" }.joined(separator: ", "))"
  }
}
