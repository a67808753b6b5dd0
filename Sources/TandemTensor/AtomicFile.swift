import Foundation

/// Writes files that are either complete or not there at all.
///
/// The bytes go to a temporary file in the same folder, which is flushed to the disk and then
/// renamed: whatever stops the program half-way, readers see the old contents or the new ones.
/// Pipes and devices (`/dev/stdout`) cannot be renamed over and are written directly.
public enum AtomicFile {
  /// Replaces the contents of the file at `path` with what `body` writes. If `body` throws, or the
  /// system refuses, the temporary file is removed and an existing file stays as it was.
  ///
  /// - Throws: `FileError`, or what `body` throws.
  public static func write(to path: String, _ body: (Writer) throws -> Void) throws {
    var status = stat()
    let exists = stat(path, &status) == 0
    let kind = status.st_mode & S_IFMT
    if exists && kind == S_IFDIR { throw FileError.cannotWrite(path: path, code: EISDIR) }
    if exists && kind != S_IFREG {
      try writeDirectly(to: path, body)
      return
    }
    // Renaming asks for the folder's permission only; a file that is read-only means to stay.
    if exists && access(path, W_OK) != 0 { throw FileError.cannotWrite(path: path, code: errno) }
    // Renaming over a symbolic link would replace the link: replace what it points to instead.
    let target = exists ? resolved(path) : path
    let temporary = temporaryPath(beside: target)
    let mode: mode_t = exists ? status.st_mode & 0o7777 : 0o666
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw FileError.cannotWrite(path: path, code: errno) }
    do {
      try closing(descriptor, path: path) {
        if exists { fchmod(descriptor, mode) }
        let writer = Writer(descriptor: descriptor, path: path)
        try body(writer)
        try writer.flush()
        guard fsync(descriptor) == 0 else {
          throw FileError.cannotWrite(path: path, code: errno)
        }
      }
      guard rename(temporary, target) == 0 else {
        throw FileError.cannotWrite(path: path, code: errno)
      }
    } catch {
      unlink(temporary)
      throw error
    }
    flushFolder(of: target)
  }

  /// Replaces the contents of the file at `path` with `data`.
  public static func write(_ data: Data, to path: String) throws {
    try write(to: path) { writer in try writer.write(data) }
  }

  private static func writeDirectly(to path: String, _ body: (Writer) throws -> Void) throws {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
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

  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  /// A name that no other writer uses, and short enough whatever the length of the target's name.
  private static func temporaryPath(beside path: String) -> String {
    let folder = folder(of: path)
    let suffix = String(UInt64.random(in: 0 ... .max), radix: 36)
    return folder + ".tandem-\(getpid())-\(suffix).partial"
  }

  /// The part of `path` up to and including its last slash; empty for a plain name.
  private static func folder(of path: String) -> Substring {
    path.lastIndex(of: "/").map { path[...$0] } ?? ""
  }

  /// Makes the new name itself survive a power failure. The file is complete by now, and some file
  /// systems cannot flush folders, so a refusal is not an error.
  private static func flushFolder(of path: String) {
    let folder = folder(of: path)
    let descriptor = open(folder.isEmpty ? "." : String(folder), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}

extension AtomicFile {
  /// What `AtomicFile.write` lends to its closure. Small pieces are gathered before they are handed
  /// to the system; large ones go there straight from the caller's memory.
  public final class Writer {
    private static let bufferBytes = 1 << 16

    private let descriptor: Int32
    private let path: String
    private var buffer: [UInt8] = []

    init(descriptor: Int32, path: String) {
      self.descriptor = descriptor
      self.path = path
    }

    /// - Throws: `FileError.cannotWrite`.
    public func write(_ bytes: UnsafeRawBufferPointer) throws {
      if buffer.count + bytes.count <= Self.bufferBytes {
        buffer.append(contentsOf: bytes)
      } else {
        try flush()
        try writeFully(bytes)
      }
    }

    public func write(_ data: Data) throws {
      try data.withUnsafeBytes { try write($0) }
    }

    /// Writes `text` in UTF-8.
    public func write(_ text: String) throws {
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
