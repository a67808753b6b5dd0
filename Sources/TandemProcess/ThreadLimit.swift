import Foundation

/// What keeps a process from making threads.
package enum ThreadLimit: Hashable, CustomStringConvertible, Sendable {
  /// `pids.max` of a control group.
  case controlGroup(folder: String, most: Int, present: Int)
  /// RLIMIT_AS, in bytes; threads need room for their stacks.
  case addressSpace(most: Int, used: Int)
  /// RLIMIT_NPROC.
  case user(most: Int, present: Int)
  /// Another one, with the system's words.
  case system(message: String)

  package var description: String {
    switch self {
    case .controlGroup(let folder, let most, let present):
      "the control group \(folder) has \(present) of at most \(most) processes and threads (pids.max)"
    case .addressSpace(let most, let used):
      "\(used >> 10) of at most \(most >> 10) KiB of address space are used (ulimit -v)"
    case .user(let most, let present):
      "the user has \(present) of at most \(most) processes and threads (ulimit -u)"
    case .system(let message):
      "the system has no more (\(message.lowercased()))"
    }
  }

  /// Finds the limit that is in the way of `needed` more threads: the one that leaves the fewest.
  /// Others may have ended threads since, so it need not leave too few.
  ///
  /// - Parameters:
  ///   - errorNumber: the system's, which is the same for most of its limits.
  ///   - contents: of system files, nil where there is none.
  ///   - limit: the process's, nil for none.
  ///   - ofUser: how many processes and threads the user has.
  package static func find(
    needed: Int, errorNumber: Int32, contents: (String) -> String? = SystemFile.contents,
    limit: (ResourceLimit) -> Int? = { $0.current }, ofUser: () -> Int? = threadsOfUser
  ) -> ThreadLimit {
    var candidates: [(limit: ThreadLimit, left: Int)] = []
    for group in ControlGroups.folders(controller: "pids", contents: contents) {
      if let most = contents("\(group.path)/pids.max").flatMap(number),
        let present = contents("\(group.path)/pids.current").flatMap(number)
      {
        candidates.append(
          (.controlGroup(folder: group.path, most: most, present: present), most - present))
      }
    }
    if let most = limit(.addressSpace), let used = addressSpace(contents) {
      let stack = max(1, limit(.stack) ?? 8 << 20)
      candidates.append((.addressSpace(most: most, used: used), (most - used) / stack))
    }
    if let most = limit(.processes), let present = ofUser() {
      candidates.append((.user(most: most, present: present), most - present))
    }
    let closest = candidates.min { $0.left < $1.left }
    guard let closest, closest.left < 10 * needed + 10 else {
      return .system(message: String(cString: strerror(errorNumber)))
    }
    return closest.limit
  }

  private static func number(_ text: String) -> Int? {
    Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
  }

  /// What this process uses of its address space, in bytes.
  private static func addressSpace(_ contents: (String) -> String?) -> Int? {
    contents("/proc/self/statm")?.split(separator: " ").first.flatMap { Int($0) }
      .map { $0 * sysconf(Int32(_SC_PAGESIZE)) }
  }

  /// The user's threads as /proc counts them; nil for root, whom the limit does not concern.
  package static func threadsOfUser() -> Int? {
    let user = getuid()
    guard user != 0, let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc")
    else { return nil }
    return names.filter { Int($0) != nil }.reduce(0) { sum, name in
      guard let status = SystemFile.contents("/proc/\(name)/status"),
        field("Uid", of: status) == Int(user)
      else { return sum }
      return sum + (field("Threads", of: status) ?? 1)
    }
  }

  /// The first number of a line such as `Uid:	1000	1000`.
  private static func field(_ name: String, of status: String) -> Int? {
    let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
  }
}
