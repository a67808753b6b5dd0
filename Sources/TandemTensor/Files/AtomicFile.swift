import Foundation

/// Writes files that are either complete or not there at all.
///
/// The bytes go to a temporary file in the same folder, which is flushed to the disk and then
/// renamed: whatever stops the program half-way, readers see the old contents or the new ones. A
/// temporary file that stays behind because the program was killed goes when the same file is
/// written again. Pipes and devices (`/dev/stdout`) cannot be renamed over and are written
/// directly.
package enum AtomicFile {
  /// Replaces the contents of the file at `path` with what `body` writes. If `body` throws, or the
  /// system refuses, the temporary file is removed and an existing file stays as it was.
  ///
  /// - Throws: `FileError`, or what `body` throws.
  package static func write(to path: String, _ body: (Writer) throws -> Void) throws {
    let status = FileSystem.status(path)
    if let status, status.isFolder { throw FileError.cannotWrite(path: path, code: EISDIR) }
    if let status, !status.isRegularFile {
      try writeDirectly(to: path, body)
      return
    }
    // Renaming asks for the folder's permission only; a file that is read-only means to stay.
    if status != nil, FileSystem.access(path, W_OK) != 0 {
      throw FileError.cannotWrite(path: path, code: errno)
    }
    // Renaming over a symbolic link would replace the link: replace what it points to instead.
    let target = status == nil ? path : FileSystem.realPath(path) ?? path
    PartialFile.removeAbandoned(ofFile: target)
    let temporary = PartialFile.newPath(forFile: target)
    let mode = status.map { $0.st_mode & 0o7777 } ?? 0o666
    let descriptor = FileSystem.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode)
    guard descriptor >= 0 else { throw FileError.cannotWrite(path: path, code: errno) }
    do {
      try closing(descriptor, path: path) {
        if status != nil { fchmod(descriptor, mode) }
        let writer = Writer(descriptor: descriptor, path: path)
        try body(writer)
        try writer.flush()
        guard fsync(descriptor) == 0 else {
          throw FileError.cannotWrite(path: path, code: errno)
        }
      }
      guard FileSystem.rename(temporary, to: target) == 0 else {
        throw FileError.cannotWrite(path: path, code: errno)
      }
    } catch {
      _ = FileSystem.unlink(temporary)
      throw error
    }
    flushFolder(of: target)
  }

  /// Replaces the contents of the file at `path` with `data`.
  package static func write(_ data: Data, to path: String) throws {
    try write(to: path) { writer in try writer.write(data) }
  }

  private static func writeDirectly(to path: String, _ body: (Writer) throws -> Void) throws {
    let descriptor = FileSystem.open(path, O_WRONLY)
    guard descriptor >= 0 else { throw FileError.cannotWrite(path: path, code: errno) }
    try closing(descriptor, path: path) {
      let writer = Writer(descriptor: descriptor, path: path)
      try body(writer)
      try writer.flush()
    }
  }

  /// Runs `body` and closes the file in any case. Network file systems report errors of earlier
  /// writes only here.
  private static func closing(
    _ descriptor: Int32, path: String, _ body: () throws -> Void
  ) throws {
    do {
      try body()
    } catch {
      close(descriptor)
      throw error
    }
    guard close(descriptor) == 0 else { throw FileError.cannotWrite(path: path, code: errno) }
  }

  /// Makes the new name itself survive a power failure. The file is complete by now, and some file
  /// systems cannot flush folders, so a refusal is not an error.
  private static func flushFolder(of path: String) {
    let folder = FileSystem.folderPrefix(of: path)
    let descriptor = FileSystem.open(folder.isEmpty ? "." : folder, O_RDONLY)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}

extension AtomicFile {
  /// What `AtomicFile.write` lends to its closure. Small pieces are gathered before they are handed
  /// to the system; large ones go there straight from the caller's memory.
  package final class Writer {
    private static let bufferBytes = 1 << 16

    private let descriptor: Int32
    private let path: String
    private var buffer: [UInt8] = []

    init(descriptor: Int32, path: String) {
      self.descriptor = descriptor
      self.path = path
    }

    /// - Throws: `FileError.cannotWrite`.
    package func write(_ bytes: UnsafeRawBufferPointer) throws {
      if buffer.count + bytes.count <= Self.bufferBytes {
        buffer.append(contentsOf: bytes)
      } else {
        try flush()
        try writeFully(bytes)
      }
    }

    package func write(_ data: Data) throws {
      try data.withUnsafeBytes { try write($0) }
    }

    /// Writes `text` in UTF-8.
    package func write(_ text: String) throws {
      var text = text
      try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
    }

    func flush() throws {
      try buffer.withUnsafeBytes { try writeFully($0) }
      buffer.removeAll(keepingCapacity: true)
    }

    private func writeFully(_ bytes: UnsafeRawBufferPointer) throws {
      var remaining = bytes
      while let start = remaining.baseAddress, !remaining.isEmpty {
        // Linux writes at most 2 GiB at once; a signal may cut it shorter still.
        let written = Foundation.write(descriptor, start, min(remaining.count, 1 << 30))
        if written < 0 {
          if errno == EINTR { continue }
          throw FileError.cannotWrite(path: path, code: errno)
        }
        remaining = UnsafeRawBufferPointer(rebasing: remaining[written...])
      }
    }
  }
}
