import Foundation
import TandemProcess

/// Something that bounds the memory of this process, and how much of it is left.
package struct MemoryLimit: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// A limit of all that is mapped, whether used or not: `ulimit -v`, which batch systems set.
    case addressSpace
    /// A limit of all that may be written and is no file's: `ulimit -d`.
    case data
    /// A limit of what is in use by a group of processes: a container, or a job of a batch system.
    case controlGroup(path: String)
    /// The memory and swap space that there is.
    case machine
    /// What the system may promise where it keeps its promises (`vm.overcommit_memory` of 2).
    case promises
  }

  package let kind: Kind
  package let totalBytes: Int
  package let availableBytes: Int

  package init(kind: Kind, totalBytes: Int, availableBytes: Int) {
    self.kind = kind
    self.totalBytes = totalBytes
    self.availableBytes = max(0, availableBytes)
  }

  /// Whether other processes take from it too.
  package var isShared: Bool {
    switch kind {
    case .addressSpace, .data: false
    case .controlGroup, .machine, .promises: true
    }
  }

  /// Whether what nobody has written to counts, too.
  var countsUnused: Bool {
    switch kind {
    case .addressSpace, .data, .promises: true
    case .controlGroup, .machine: false
    }
  }
}

extension MemoryLimit {
  /// All limits of this process at this moment.
  ///
  /// - Parameters:
  ///   - groups: the folders of its groups for the controller `memory`.
  ///   - resourceLimit: the value of `RLIMIT_AS` or `RLIMIT_DATA`; nil for no limit.
  ///   - contents: reads a file of the system; nil for one that there is not.
  package static func all(
    groups: [ControlGroups.Folder], resourceLimit: (Kind) -> Int?, contents: (String) -> String?
  ) -> [MemoryLimit] {
    var limits: [MemoryLimit] = []
    let process = contents("/proc/self/status").map(Table.init)
    for (kind, name) in [(Kind.addressSpace, "VmSize"), (.data, "VmData")] {
      guard let total = resourceLimit(kind) else { continue }
      let used = process?[name] ?? 0
      limits.append(MemoryLimit(kind: kind, totalBytes: total, availableBytes: total - used))
    }
    let machine = contents("/proc/meminfo").map(Table.init)
    let freeSwap = machine?["SwapFree"] ?? 0
    limits += groups.compactMap { self.init($0, freeSwap: freeSwap, contents: contents) }
    if let machine, let total = machine["MemTotal"], let available = machine["MemAvailable"] {
      limits.append(
        MemoryLimit(
          kind: .machine, totalBytes: total + (machine["SwapTotal"] ?? 0),
          availableBytes: available + freeSwap))
      if contents("/proc/sys/vm/overcommit_memory")?.first == "2",
        let total = machine["CommitLimit"], let used = machine["Committed_AS"]
      {
        limits.append(
          MemoryLimit(kind: .promises, totalBytes: total, availableBytes: total - used))
      }
    } else {
      let total = Int(clamping: ProcessInfo.processInfo.physicalMemory)
      limits.append(MemoryLimit(kind: .machine, totalBytes: total, availableBytes: total))
    }
    return limits
  }

  /// The limit of one group; nil if it has none.
  ///
  /// What files have in the cache counts as used, and is given up when memory is short.
  private init?(
    _ group: ControlGroups.Folder, freeSwap: Int, contents: (String) -> String?
  ) {
    func number(_ file: String) -> Int? {
      contents("\(group.path)/\(file)").flatMap { Int($0.filter { !$0.isWhitespace }) }
    }
    let (total, used, cached, swap): (Int?, Int?, [String], Int?)
    switch group.version {
    case .two:
      (total, used) = (number("memory.max"), number("memory.current"))
      cached = ["inactive_file", "active_file"]
      swap = number("memory.swap.max").map { $0 - (number("memory.swap.current") ?? 0) }
    case .one:
      (total, used) = (number("memory.limit_in_bytes"), number("memory.usage_in_bytes"))
      cached = ["total_inactive_file", "total_active_file"]
      // The two limits of version 1 are of memory, and of memory and swap together.
      swap = number("memory.memsw.limit_in_bytes").map { both in
        let usedOfBoth = number("memory.memsw.usage_in_bytes") ?? 0
        return both - usedOfBoth - ((total ?? 0) - (used ?? 0))
      }
    }
    // No limit is "max" in version 2, and a number near 2⁶³ in version 1.
    guard let total, let used, total < 1 << 60 else { return nil }
    let statistics = contents("\(group.path)/memory.stat").map(Table.init)
    let reclaimable = cached.reduce(0) { $0 + (statistics?[$1] ?? 0) }
    self.init(
      kind: .controlGroup(path: group.path), totalBytes: total,
      availableBytes: total - used + reclaimable + max(0, min(swap ?? freeSwap, freeSwap)))
  }

  /// Lines of names and numbers as the system writes them: `VmSize:   1234 kB`, `active_file 4096`.
  private struct Table {
    private var bytes: [Substring: Int] = [:]

    init(_ text: String) {
      for line in text.split(separator: "\n") {
        let words = line.split { $0 == " " || $0 == "\t" || $0 == ":" }
        guard words.count >= 2, let number = Int(words[1]) else { continue }
        bytes[words[0]] = words.count > 2 && words[2] == "kB" ? number << 10 : number
      }
    }

    subscript(name: String) -> Int? { bytes[name[...]] }
  }
}
