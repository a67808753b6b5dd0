import Foundation
import TandemProcess

extension FileSystem {
  /// What an entry of a folder is, as far as the folder itself tells.
  package enum EntryKind: Sendable {
    case file
    case folder
    case link
    /// A pipe, socket or device.
    case other
    /// The file system does not say.
    case unknown
  }

  /// Calls `body` with the name in bytes and the kind of all that is in a folder, but `.` and `..`,
  /// in any order. The name must not leave `body`.
  /// - Throws: `FileError.cannotRead`, what `body` throws.
  package static func forEachEntry(
    inFolder path: String, _ body: (UnsafeRawBufferPointer, EntryKind) throws -> Void
  ) throws {
    guard let folder = opendir(PathBytes.bytes(path)) else {
      throw FileError.cannotRead(path: path, code: errno)
    }
    defer { closedir(folder) }
    let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
    while true {
      errno = 0
      guard let entry = readdir(folder) else {
        if errno != 0 { throw FileError.cannotRead(path: path, code: errno) }
        return
      }
      let start = UnsafeRawPointer(entry) + offset
      let name = UnsafeRawBufferPointer(
        start: start, count: strlen(start.assumingMemoryBound(to: CChar.self)))
      if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { continue }
      try body(name, kind(entry.pointee.d_type))
    }
  }

  private static func kind(_ type: UInt8) -> EntryKind {
    switch Int(type) {
    case Int(DT_REG): .file
    case Int(DT_DIR): .folder
    case Int(DT_LNK): .link
    case Int(DT_UNKNOWN): .unknown
    default: .other
    }
  }
}

extension stat {
  /// When the contents last changed, in nanoseconds since 1970.
  package var modificationNanoseconds: Int64 {
    Int64(st_mtim.tv_sec) * 1_000_000_000 + Int64(st_mtim.tv_nsec)
  }
}
