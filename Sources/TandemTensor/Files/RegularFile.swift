import Foundation

/// A file that is open for reading and has a size: no folder, pipe or device.
package final class RegularFile: Sendable {
  package let path: String
  package let byteCount: Int
  /// When the contents last changed, in nanoseconds since 1970.
  package let modificationNanoseconds: Int64
  let descriptor: Int32

  /// - Throws: `FileError` if the file is missing, unreadable, a folder, a pipe or a device.
  package init(path: String) throws(FileError) {
    // O_NONBLOCK: opening a named pipe must fail below rather than wait for a writer.
    let descriptor = FileSystem.open(path, O_RDONLY | O_NONBLOCK)
    guard descriptor >= 0 else { throw .cannotRead(path: path, code: errno) }
    do {
      let status = try Self.status(descriptor, path)
      byteCount = Int(status.st_size)
      modificationNanoseconds = status.modificationNanoseconds
    } catch {
      close(descriptor)
      throw error
    }
    self.path = path
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }

  private static func status(_ descriptor: Int32, _ path: String) throws(FileError) -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .cannotRead(path: path, code: errno) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return status
    case S_IFDIR: throw .cannotRead(path: path, code: EISDIR)
    default: throw .notARegularFile(path: path)
    }
  }

  /// The first bytes, as many as are asked for unless the file is shorter.
  package func prefix(_ count: Int) throws(FileError) -> [UInt8] {
    try bytes(at: 0, count: count)
  }

  /// The bytes from `offset` on, as many as are asked for unless the file is shorter.
  package func bytes(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
    let count = max(0, min(count, byteCount - offset))
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { memory, found in
      while found < count {
        let read = pread(
          descriptor, memory.baseAddress.unsafelyUnwrapped + found, count - found,
          off_t(offset + found))
        if read < 0, errno == EINTR { continue }
        if read < 0 { code = errno }
        guard read > 0 else { return }
        found += read
      }
    }
    guard code == 0 else { throw .cannotRead(path: path, code: code) }
    return bytes
  }

  /// All bytes of a file.
  /// - Throws: as `init`.
  package static func contents(_ path: String) throws(FileError) -> [UInt8] {
    let file = try RegularFile(path: path)
    return try file.bytes(at: 0, count: file.byteCount)
  }
}
