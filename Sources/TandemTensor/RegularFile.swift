import Foundation

/// A file that is open for reading and has a size: no folder, pipe or device.
package final class RegularFile: Sendable {
  package let path: String
  package let byteCount: Int
  let descriptor: Int32

  /// - Throws: `FileError` if the file is missing, unreadable, a folder, a pipe or a device.
  package init(path: String) throws(FileError) {
    // O_NONBLOCK: opening a named pipe must fail below rather than wait for a writer.
    let descriptor = FileSystem.open(path, O_RDONLY | O_NONBLOCK)
    guard descriptor >= 0 else { throw .cannotRead(path: path, code: errno) }
    do {
      byteCount = try Self.byteCount(descriptor, path)
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

  private static func byteCount(_ descriptor: Int32, _ path: String) throws(FileError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .cannotRead(path: path, code: errno) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return Int(status.st_size)
    case S_IFDIR: throw .cannotRead(path: path, code: EISDIR)
    default: throw .notARegularFile(path: path)
    }
  }

  /// The first bytes, as many as are asked for unless the file is shorter.
  package func prefix(_ count: Int) throws(FileError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var found = 0
    while found < count {
      let read = bytes.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress.unsafelyUnwrapped + found, count - found, off_t(found))
      }
      if read < 0, errno == EINTR { continue }
      guard read >= 0 else { throw .cannotRead(path: path, code: errno) }
      guard read > 0 else { break }
      found += read
    }
    return Array(bytes.prefix(found))
  }
}
