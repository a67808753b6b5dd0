import Foundation
import TandemTensor

/// A lock that one process of a host, or one thread of it, has at a time; the system gives it back
/// when the process ends, however that happens.
final class FileLock {
  private let descriptor: Int32

  /// Waits until nobody else has it.
  /// - Parameter wait: called once if somebody has it.
  /// - Throws: `FileError.cannotWrite`.
  init(path: String, onWaiting wait: () -> Void = {}) throws(FileError) {
    descriptor = FileSystem.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .cannotWrite(path: path, code: errno) }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
    // On a file system without locks two of us may fetch the same.
    guard errno == EWOULDBLOCK else { return }
    wait()
    while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
  }

  deinit {
    close(descriptor)
  }
}
