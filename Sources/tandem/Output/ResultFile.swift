import Foundation
import TandemTensor

/// A file that a command writes at its end.
enum ResultFile {
  /// Finds out before anything is computed that a file could not be written.
  /// - Throws: `FileError.cannotWrite`.
  static func check(_ path: String) throws {
    if FileSystem.isFolder(path) { throw FileError.cannotWrite(path: path, code: EISDIR) }
    if FileSystem.exists(path) {
      guard FileSystem.access(path, W_OK) == 0 else {
        throw FileError.cannotWrite(path: path, code: errno)
      }
      return
    }
    guard FileSystem.access(FileSystem.parent(of: path), W_OK) == 0 else {
      throw FileError.cannotWrite(path: path, code: errno)
    }
  }
}
