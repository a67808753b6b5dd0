import Foundation
import TandemCollectives
import TandemProcess

/// Whether enough files can be open at once: Dispatch and MPI crash where they cannot open theirs.
enum StartDescriptors {
  /// Files that are read or written, and what Dispatch waits with.
  private static let plainCount = 12
  /// Under `mpirun`: what MPI shares with the other ranks, and connections to them and the launcher.
  private static let rankCount = 20

  /// Before a subcommand begins.
  static func require(_ launch: LaunchEnvironment) throws {
    let needed = plainCount + (launch.size == nil ? 0 : rankCount)
    var opened: [Int32] = []
    defer { for descriptor in opened { close(descriptor) } }
    while opened.count < needed {
      let descriptor = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)
      guard descriptor >= 0 else {
        throw DescriptorShortage(
          needed: needed, available: opened.count, errorNumber: errno,
          limit: ResourceLimit.openFiles.current)
      }
      opened.append(descriptor)
    }
  }
}

/// That this process cannot have as many files open as it needs.
struct DescriptorShortage: Error, CustomStringConvertible {
  let needed: Int
  let available: Int
  let errorNumber: Int32
  /// The process's; nil for none.
  let limit: Int?

  var description: String {
    let obstacle =
      if errorNumber == EMFILE, let limit {
        "'ulimit -n \(limit)' allows only \(available) more; raise that limit to "
          + "\(limit + needed - available) or more"
      } else {
        "the system allows only \(available) more "
          + "(\(String(cString: strerror(errorNumber)).lowercased())); end other programs"
      }
    return "\(needed) files have to be open at once, and \(obstacle)"
  }
}
