import Foundation
import TandemProcess

/// Whether enough files can be open at once: the libraries crash where they cannot
/// open theirs.
enum StartDescriptors {
  /// Files that are read or written, and what Dispatch waits with.
  private static let plainCount = 12

  /// Before a subcommand begins. What a rank needs besides, for MPI, `Job` looks for, which knows
  /// the other ranks.
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
