import Foundation
import TandemProcess

/// Whether enough files can be open at once: the libraries crash where they cannot
/// open theirs.
enum StartDescriptors {
  /// Files that are read or written, and what Dispatch waits with.
  private static let plainCount = 12

  /// Before a subcommand begins. What a rank needs besides, for MPI, `Job` looks for, which knows the
  /// other ranks.
  static func require() throws {
    let needed = plainCount
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
