import Foundation
import TandemCollectives

extension LaunchEnvironment {
  /// Whether it is this rank that says what its command line leads to before there is a job: the first
  /// one of those with the same command line.
  var speaks: Bool { rank == firstOfCommandLine }

  /// `rank 3 (host b): `, nothing for the first rank.
  var speaker: String {
    guard rank > 0 else { return "" }
    let name = FileManager.default.contents(atPath: "/proc/sys/kernel/hostname") ?? Data()
    let host = String(decoding: name, as: UTF8.self).trimmingCharacters(in: .newlines)
    return "rank \(rank) (host \(host)): "
  }
}
