import Foundation

/// A whole file, read through the virtual memory system: nothing is copied until it is looked at,
/// and the size of the file is known before anything that it claims about itself is believed.
///
/// If another process shortens the file while it is mapped, the system ends this process (SIGBUS);
/// files that are replaced by renaming, as `AtomicFile` does, are safe.
package final class MappedFile: @unchecked Sendable {  // Sendable: a constant, read-only mapping.
  package let path: String
  package let byteCount: Int
  private let base: UnsafeMutableRawPointer?

  /// - Throws: `FileError` if the file is missing, unreadable, a folder, a pipe or a device.
  package init(path: String) throws(FileError) {
    // O_NONBLOCK: opening a named pipe must fail below rather than wait for a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .cannotRead(path: path, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .cannotRead(path: path, code: errno) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw .cannotRead(path: path, code: EISDIR)
    default: throw .notARegularFile(path: path)
    }
    self.path = path
    byteCount = Int(status.st_size)
    guard byteCount > 0 else {  // A mapping cannot be empty.
      base = nil
      return
    }
    let mapping = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard mapping != MAP_FAILED, let mapping else { throw .cannotRead(path: path, code: errno) }
    madvise(mapping, byteCount, MADV_SEQUENTIAL)
    base = mapping
  }

  deinit {
    if let base { munmap(base, byteCount) }
  }

  /// Calls `body` with the file's bytes; the pointer must not leave it.
  package func withBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try withExtendedLifetime(self) {
      try body(UnsafeRawBufferPointer(start: base, count: byteCount))
    }
  }
}
