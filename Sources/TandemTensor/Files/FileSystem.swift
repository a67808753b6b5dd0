import Foundation
import TandemProcess

/// What is asked of the operating system about paths: each goes there as its own bytes, whether
/// these are UTF-8 or not (see `PathBytes`), and names that come from there are such texts again.
///
/// All files and folders that users name go through here. The functions that return a status return
/// what the system's own do, and leave `errno`.
package enum FileSystem {
  package static func open(_ path: String, _ flags: Int32, _ mode: mode_t = 0) -> Int32 {
    Foundation.open(PathBytes.bytes(path), flags | O_CLOEXEC, mode)
  }

  package static func rename(_ path: String, to other: String) -> Int32 {
    Foundation.rename(PathBytes.bytes(path), PathBytes.bytes(other))
  }

  package static func unlink(_ path: String) -> Int32 {
    Foundation.unlink(PathBytes.bytes(path))
  }

  package static func access(_ path: String, _ mode: Int32) -> Int32 {
    Foundation.access(PathBytes.bytes(path), mode)
  }

  package static func makeFolder(_ path: String) -> Int32 {
    mkdir(PathBytes.bytes(path), 0o777)
  }

  /// Removes an empty folder.
  package static func removeFolder(_ path: String) -> Int32 {
    rmdir(PathBytes.bytes(path))
  }

  /// Makes a symbolic link at `path`.
  package static func makeLink(_ path: String, to target: String) -> Int32 {
    symlink(PathBytes.bytes(target), PathBytes.bytes(path))
  }

  /// Gives a file, which nobody changes any more, a second name; on file systems that cannot, a
  /// copy.
  /// - Throws: `FileError`.
  package static func linkOrCopy(_ path: String, to other: String) throws {
    if Foundation.link(PathBytes.bytes(path), PathBytes.bytes(other)) == 0 { return }
    if errno == ENOENT { throw FileError.cannotRead(path: path, code: errno) }
    try AtomicFile.write(Data(RegularFile.contents(path)), to: other)
  }

  /// nil, and `errno`, if there is nothing at the path or it cannot be reached.
  /// - Parameter followsLinks: whether what a symbolic link leads to is asked for, or the link
  ///   itself.
  package static func status(_ path: String, followsLinks: Bool = true) -> stat? {
    var status = stat()
    let bytes = PathBytes.bytes(path)
    return (followsLinks ? stat(bytes, &status) : lstat(bytes, &status)) == 0 ? status : nil
  }

  /// Whether there is anything, links followed.
  package static func exists(_ path: String) -> Bool { status(path) != nil }

  package static func isFolder(_ path: String) -> Bool { status(path)?.isFolder == true }

  /// What a symbolic link holds; nil if there is none.
  package static func target(ofLink path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = readlink(PathBytes.bytes(path), &buffer, buffer.count)
    return count < 0 ? nil : PathBytes.text(buffer[..<count].map { UInt8(bitPattern: $0) })
  }

  /// The path without symbolic links, `.` and `..`; nil if there is nothing there.
  package static func realPath(_ path: String) -> String? {
    guard let real = realpath(PathBytes.bytes(path), nil) else { return nil }
    defer { free(real) }
    return text(real)
  }

  /// The names of what is in a folder, but `.` and `..`, in any order.
  /// - Throws: `FileError.cannotRead`.
  package static func names(inFolder path: String) throws(FileError) -> [String] {
    guard let folder = opendir(PathBytes.bytes(path)) else {
      throw .cannotRead(path: path, code: errno)
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let name = nextName(folder) { names.append(name) }
    return names
  }

  /// Calls `body` with the names of what is in a folder, one after the other, until it returns
  /// false. A folder that cannot be read has none.
  package static func forEachName(inFolder path: String, _ body: (String) -> Bool) {
    guard let folder = opendir(PathBytes.bytes(path)) else { return }
    defer { closedir(folder) }
    while let name = nextName(folder), body(name) {}
  }

  private static func nextName(_ folder: OpaquePointer) -> String? {
    while let entry = readdir(folder) {
      let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
      let name = text(
        UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self))
      if name != ".", name != ".." { return name }
    }
    return nil
  }

  /// Removes a file, a link, or a folder with all that is in it.
  /// - Throws: `FileError.cannotWrite` for the first thing that stays.
  package static func remove(_ path: String) throws(FileError) {
    guard let status = status(path, followsLinks: false) else {
      if errno == ENOENT { return }
      throw .cannotWrite(path: path, code: errno)
    }
    guard status.isFolder else {
      guard unlink(path) == 0 || errno == ENOENT else {
        throw .cannotWrite(path: path, code: errno)
      }
      return
    }
    for name in try names(inFolder: path) { try remove(path + "/" + name) }
    guard rmdir(PathBytes.bytes(path)) == 0 || errno == ENOENT else {
      throw .cannotWrite(path: path, code: errno)
    }
  }

  private static func text(_ path: UnsafePointer<CChar>) -> String {
    PathBytes.text(UnsafeRawBufferPointer(start: path, count: strlen(path)))
  }
}

/// Paths as texts, without asking the system.
extension FileSystem {
  /// The part of a path up to and including its last slash; empty for a plain name.
  package static func folderPrefix(of path: String) -> String {
    // In bytes: a slash and a combining mark after it are one `Character`.
    let end = path.utf8.lastIndex(of: UInt8(ascii: "/")).map(path.utf8.index(after:))
    return String(path[..<(end ?? path.startIndex)])
  }

  /// The part of a path after its last slash.
  package static func name(of path: String) -> String {
    let start = path.utf8.lastIndex(of: UInt8(ascii: "/")).map(path.utf8.index(after:))
    return String(path[(start ?? path.startIndex)...])
  }

  /// The folder that holds what is at `path`, slashes at its end left out: `a/b/` → `a`, `b` → `.`,
  /// `/b` and `/` → `/`.
  package static func parent(of path: String) -> String {
    let parent = folderPrefix(of: withoutSlashesAtEnd(path))
    return parent.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : withoutSlashesAtEnd(parent)
  }

  /// `/` stays.
  private static func withoutSlashesAtEnd(_ path: String) -> String {
    var bytes = path.utf8[...]
    while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
    return String(Substring(bytes))
  }
}

extension stat {
  package var isFolder: Bool { st_mode & S_IFMT == S_IFDIR }
  package var isRegularFile: Bool { st_mode & S_IFMT == S_IFREG }
}
