import Foundation

/// The processes of a job's ranks on this host, found without MPI: by the variables that their
/// launcher has given them. Other users' processes do not show theirs.
package struct LocalRanks: Sendable {
  /// A process that is, or has started, one of the ranks.
  package struct Entry: Hashable, Sendable {
    package let rank: Int
    package let process: pid_t
    package let parent: pid_t
    /// `comm`: the first 15 bytes of the program's name.
    package let program: String
    /// The state as `ps` writes it: `R`, `S`, `T`, `Z`.
    package let state: Character
    /// The names of its threads.
    package let threads: [String]
    package let arguments: [String]

    package init(
      rank: Int, process: pid_t, parent: pid_t, program: String, state: Character,
      threads: [String], arguments: [String] = []
    ) {
      self.rank = rank
      self.process = process
      self.parent = parent
      self.program = program
      self.state = state
      self.threads = threads
      self.arguments = arguments
    }

    /// Whether it has ended, and only its parent does not know yet.
    package var isOver: Bool { state == "Z" || state == "X" }
    /// Whether a signal or a debugger has stopped it.
    package var isStopped: Bool { state == "T" || state == "t" }
  }

  /// The processes, ordered by rank and number.
  package let entries: [Entry]

  package init(entries: [Entry]) {
    self.entries = entries.sorted { ($0.rank, $0.process) < ($1.rank, $1.process) }
  }

  /// The ranks of the running process's job that are on its host.
  package static func current() -> LocalRanks { of(ProcessInfo.processInfo.environment) }

  /// - Parameter environment: of one of the ranks.
  package static func of(_ environment: [String: String]) -> LocalRanks {
    guard let job = environment["PMIX_NAMESPACE"] else { return LocalRanks(entries: []) }
    let host = environment["PMIX_HOSTNAME"]
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return LocalRanks(
      entries: processes.compactMap { pid_t($0) }.compactMap { process in
        let variables = variables(of: process)
        // Hosts that are network namespaces of one machine see each other's processes.
        guard variables["PMIX_NAMESPACE"] == job, variables["PMIX_HOSTNAME"] == host,
          let rank = variables["OMPI_COMM_WORLD_RANK"].flatMap({ Int($0) })
        else { return nil }
        return entry(of: process, rank: rank)
      })
  }

  private static func text(_ path: String) -> String? {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
  }

  private static func variables(of process: pid_t) -> [String: String] {
    let wanted = ["PMIX_NAMESPACE", "PMIX_HOSTNAME", "OMPI_COMM_WORLD_RANK"]
    let data = FileManager.default.contents(atPath: "/proc/\(process)/environ") ?? Data()
    var found: [String: String] = [:]
    for line in data.split(separator: 0) {
      let parts = String(decoding: line, as: UTF8.self).split(separator: "=", maxSplits: 1)
      guard parts.count == 2, wanted.contains(String(parts[0])) else { continue }
      found[String(parts[0])] = String(parts[1])
    }
    return found
  }

  private static func entry(of process: pid_t, rank: Int) -> Entry? {
    // number (name, which may hold anything) state parent …
    guard let line = text("/proc/\(process)/stat"), let end = line.lastIndex(of: ")") else {
      return nil
    }
    let fields = line[line.index(after: end)...].split(separator: " ")
    guard fields.count > 1, let state = fields[0].first, let parent = pid_t(fields[1]) else {
      return nil
    }
    func name(_ path: String) -> String? {
      text(path)?.trimmingCharacters(in: .newlines)
    }
    let tasks =
      (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
    return Entry(
      rank: rank, process: process, parent: parent, program: name("/proc/\(process)/comm") ?? "",
      state: state,
      threads: tasks.compactMap { name("/proc/\(process)/task/\($0)/comm") },
      arguments: (text("/proc/\(process)/cmdline") ?? "").split(separator: "\0").map(String.init))
  }
}
