import Foundation
import TandemTensor

/// The right of one run to write into its output folder, from before it looks at what is there
/// until its end.
///
/// It is a lock on a file in the folder, which the system takes back when the process ends, however
/// it ends; NFS and other network file systems hand it on to their servers, so that it counts on
/// all hosts. The file says who has it. Where a file system knows no locks, only what the file says
/// counts.
///
/// Ownership: belongs to the thread that uses the trainer.
package final class OutputLock {
  package static let name = ".tandem-run.lock"

  /// What the user should know, in one line.
  package private(set) var warning: String?

  private let path: String
  private let descriptor: Int32
  private var isHeld = true

  /// Tries to lock an open file without waiting; returns 0 or an `errno`. A test may have another
  /// one.
  package typealias Locking = (_ descriptor: Int32) -> Int32

  /// - Parameter folder: an existing folder.
  /// - Throws: `TrainingError.outputInUse`, or `FileError.cannotWrite` if nothing can be written
  ///   there.
  package init(folder: String, locking: Locking = OutputLock.lockOfTheSystem) throws {
    path = folder + "/" + Self.name
    while true {
      let descriptor = FileSystem.open(path, O_RDWR | O_CREAT, 0o666)
      guard descriptor >= 0 else {
        let code = errno
        throw FileError.cannotWrite(path: FileSystem.exists(path) ? path : folder, code: code)
      }
      do {
        let warning = try Self.lock(descriptor, folder: folder, file: path, locking)
        // The last holder may have removed the file after it was opened here: then others lock a
        // new one.
        if Self.isSame(descriptor, path) {
          self.descriptor = descriptor
          self.warning = warning
          break
        }
        close(descriptor)
      } catch {
        close(descriptor)
        throw error
      }
    }
    OutputLockRecord(owner: .own, since: OutputLockRecord.now).write(to: descriptor)
  }

  deinit {
    release()
  }

  /// Lets others have the folder.
  package func release() {
    guard isHeld else { return }
    isHeld = false
    // While it is still locked, so that nobody can have locked a file that goes away.
    if Self.isSame(descriptor, path) { _ = FileSystem.unlink(path) }
    close(descriptor)
  }

  /// Returns a warning if the lock is only what the file says.
  private static func lock(
    _ descriptor: Int32, folder: String, file: String, _ locking: Locking
  ) throws -> String? {
    let code = locking(descriptor)
    switch code {
    case 0:
      return nil
    case EAGAIN, EACCES:
      throw TrainingError.outputInUse(
        folder: folder, holder: holder(descriptor)?.description ?? "another process", file: nil)
    default:
      if let record = OutputLockRecord(from: descriptor), record.owner.hasEnded != true {
        throw TrainingError.outputInUse(
          folder: folder, holder: record.description,
          file: record.owner.isOnThisHost ? nil : file)
      }
      return "the file system of \(folder) has no locks (\(FileError.reason(code))): that no other "
        + "run uses the folder is known from \(file) only"
    }
  }

  /// Who has the lock: a moment after it has been taken, the file says it.
  private static func holder(_ descriptor: Int32) -> OutputLockRecord? {
    for _ in 0..<20 {
      if let record = OutputLockRecord(from: descriptor) { return record }
      usleep(10_000)
    }
    return nil
  }

  /// Takes a lock of the open file, not of the process: others of the same process are kept out
  /// too, and closing another descriptor of the file does not give it back, as it would with the
  /// older kind.
  package static func lockOfTheSystem(_ descriptor: Int32) -> Int32 {
    let lockOpenFile: Int32 = 37  // F_OFD_SETLK, which <fcntl.h> has for C with GNU's extensions.
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    lock.l_whence = Int16(SEEK_SET)
    while true {
      if fcntl(descriptor, lockOpenFile, &lock) == 0 { return 0 }
      if errno != EINTR { return errno }
    }
  }

  /// Whether a path leads to an open file. Opened anew, because network file systems then ask their
  /// server.
  private static func isSame(_ descriptor: Int32, _ path: String) -> Bool {
    let other = FileSystem.open(path, O_RDONLY)
    guard other >= 0 else { return false }
    defer { close(other) }
    var (one, two) = (stat(), stat())
    return fstat(descriptor, &one) == 0 && fstat(other, &two) == 0 && one.st_dev == two.st_dev
      && one.st_ino == two.st_ino
  }
}
