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
    let file = try RegularFile(path: path)
    self.path = path
    byteCount = file.byteCount
    guard byteCount > 0 else {  // A mapping cannot be empty.
      base = nil
      return
    }
    let mapping = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, file.descriptor, 0)
    guard mapping != MAP_FAILED, let mapping else { throw Self.error(errno, of: file) }
    madvise(mapping, byteCount, MADV_SEQUENTIAL)
    base = mapping
  }

  private static func error(_ code: Int32, of file: RegularFile) -> FileError {
    guard code == ENOMEM else { return .cannotRead(path: file.path, code: code) }
    // Of all limits on memory only this one counts what is mapped from files.
    let limit = MemoryLimits.current().first { $0.kind == .addressSpace }
    return .noMemory(
      path: file.path,
      MemoryError(
        neededBytes: file.byteCount, purpose: "contents of \(file.path)", use: .data,
        shortage: limit.map(MemoryError.Shortage.limit)
          ?? MemoryLimits.refusal(bytes: file.byteCount)))
  }

  deinit {
    if let base { munmap(base, byteCount) }
  }

  /// Calls `body` with the file's bytes; the pointer must not leave it.
  package func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeRawBufferPointer(start: base, count: byteCount))
  }
}
