import Foundation
import TandemTensor

/// When something that a listing was made of was last changed: what tells, at the next start,
/// whether the listing still holds.
struct FileStamp: Hashable, Codable, Sendable {
  /// From the root of the data set; a folder's ends with a slash.
  let path: String
  let nanoseconds: Int64
  /// The bytes of a file; 0 for folders.
  let byteCount: Int

  init(_ path: String, _ status: stat) {
    self.path = path
    nanoseconds = status.modificationNanoseconds
    byteCount = status.isFolder ? 0 : Int(status.st_size)
  }

  /// - Throws: `FileError.cannotRead`.
  init(root: String, path: String) throws {
    let full = PictureListing.join(root, path)
    guard let status = FileSystem.status(full) else {
      throw FileError.cannotRead(path: full, code: errno)
    }
    self.init(path, status)
  }

  /// Whether what is there now has the same time and size.
  func holds(root: String) -> Bool {
    guard let status = FileSystem.status(PictureListing.join(root, path)) else { return false }
    return FileStamp(path, status) == self
  }
}
