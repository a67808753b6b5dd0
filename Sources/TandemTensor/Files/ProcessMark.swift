import Foundation

/// What tells a process from all others: its host, its number, and when it was started, because
/// numbers are used again. Processes in a container with numbers of their own are on a host of
/// their own.
package struct ProcessMark: Hashable, Codable, Sendable {
  /// The host's name as people know it.
  package let host: String
  /// The digest of the host's name and of the space in which process numbers count.
  package let hostDigest: UInt32
  package let process: Int32
  /// Clock ticks from the start of the system to that of the process; 0 if unknown.
  package let startTicks: UInt64

  package init(host: String, hostDigest: UInt32, process: Int32, startTicks: UInt64) {
    self.host = host
    self.hostDigest = hostDigest
    self.process = process
    self.startTicks = startTicks
  }

  /// This process. Not kept, because a fork would have its parent's.
  package static var own: ProcessMark {
    ProcessMark(
      host: here.host, hostDigest: here.digest, process: getpid(),
      startTicks: fields(ofProcess: getpid()).flatMap(startTicks) ?? 0)
  }

  private static let here: (host: String, digest: UInt32) = {
    var name = [CChar](repeating: 0, count: Int(HOST_NAME_MAX) + 1)
    gethostname(&name, name.count - 1)
    let host = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    let space = FileSystem.target(ofLink: "/proc/self/ns/pid") ?? ""
    var digest = ContentDigest()
    digest.add(host)
    digest.add(space)
    return (host, UInt32(truncatingIfNeeded: digest.value))
  }()

  package var isOnThisHost: Bool { hostDigest == Self.here.digest }

  /// Whether the process is over; nil if it is on another host, where nobody can be asked.
  package var hasEnded: Bool? {
    guard isOnThisHost else { return nil }
    guard process > 0 else { return true }
    // A process of another user can be there without our being allowed to look.
    if kill(process, 0) != 0, errno == ESRCH { return true }
    guard let fields = Self.fields(ofProcess: process) else { return false }
    // One that nobody has asked for its exit code is over too.
    if fields.first == "Z" { return true }
    guard startTicks > 0, let ticks = Self.startTicks(fields) else { return false }
    return ticks != startTicks
  }

  /// What the system says of a process after its number and its name.
  private static func fields(ofProcess process: Int32) -> [Substring]? {
    guard let data = FileManager.default.contents(atPath: "/proc/\(process)/stat") else {
      return nil
    }
    let text = String(decoding: data, as: UTF8.self)
    // The name may hold anything.
    guard let end = text.lastIndex(of: ")") else { return nil }
    return text[text.index(after: end)...].split(separator: " ")
  }

  /// The 22nd field of the whole line.
  private static func startTicks(_ fields: [Substring]) -> UInt64? {
    fields.count > 19 ? UInt64(fields[19]) : nil
  }
}
