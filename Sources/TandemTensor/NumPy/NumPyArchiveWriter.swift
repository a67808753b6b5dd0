import CZip
import Foundation

extension NumPyArchive {
  /// Writes a `.npz` file that is complete or not there at all. Equal arrays give equal bytes: the
  /// entries carry no time.
  ///
  /// - Parameters:
  ///   - arrays: name (without `.npy`; each one once) and contents, in the order of the archive.
  ///   - compressed: deflate the entries, as `numpy.savez_compressed` does.
  /// - Throws: `FileError` if the file cannot be written, `NumPyError` if libzip fails.
  package static func write(
    _ arrays: [(String, NumPyArray)], to path: String, compressed: Bool = false
  ) throws {
    precondition(Set(arrays.map(\.0)).count == arrays.count, "array names must differ")
    try AtomicFile.write(encoded(arrays, compressed: compressed, path: path), to: path)
  }

  /// The archive is composed in memory, so that only `AtomicFile` touches the disk.
  private static func encoded(
    _ arrays: [(String, NumPyArray)], compressed: Bool, path: String
  ) throws -> Data {
    func failure(_ error: UnsafeMutablePointer<zip_error_t>) -> NumPyError {
      let reason = String(cString: zip_error_strerror(error)).lowercased()
      return NumPyError(path: path, fact: .cannotCompose(reason: reason))
    }
    var error = zip_error_t()
    zip_error_init(&error)
    defer { zip_error_fini(&error) }
    guard let result = zip_source_buffer_create(nil, 0, 0, &error) else { throw failure(&error) }
    defer { zip_source_free(result) }
    zip_source_keep(result)  // One reference is the archive's, one is ours.
    guard let archive = zip_open_from_source(result, ZIP_CREATE | ZIP_TRUNCATE, &error) else {
      zip_source_free(result)
      throw failure(&error)
    }
    // libzip reads the entries when the archive is closed: they must live until then.
    let entries = arrays.map { name, array in
      array.withElementBytes {
        (name + ".npy", Data(array.header.encoded) + Data($0)) as (String, Data)
      }
    }
    let buffers = entries.map { _, contents in
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: contents.count, alignment: 8)
      contents.copyBytes(to: buffer)
      return buffer
    }
    defer { for buffer in buffers { buffer.deallocate() } }
    for ((name, _), buffer) in zip(entries, buffers) {
      let size = zip_uint64_t(buffer.count)
      guard let source = zip_source_buffer(archive, buffer.baseAddress, size, 0) else {
        defer { zip_discard(archive) }
        throw failure(zip_get_error(archive))
      }
      let index = zip_file_add(archive, name, source, ZIP_FL_ENC_UTF_8)
      guard index >= 0 else {
        zip_source_free(source)
        defer { zip_discard(archive) }
        throw failure(zip_get_error(archive))
      }
      let method = compressed ? ZIP_CM_DEFLATE : ZIP_CM_STORE
      zip_set_file_compression(archive, zip_uint64_t(index), method, 0)
      // The first of January 1980, the earliest date of the format.
      zip_file_set_dostime(archive, zip_uint64_t(index), 0, 33, 0)
    }
    guard zip_close(archive) == 0 else {
      defer { zip_discard(archive) }
      throw failure(zip_get_error(archive))
    }
    return try contents(of: result) { failure(zip_source_error(result)) }
  }

  private static func contents(of source: OpaquePointer, failure: () -> NumPyError) throws -> Data {
    var status = zip_stat_t()
    guard zip_source_stat(source, &status) == 0, zip_source_open(source) == 0 else {
      throw failure()
    }
    defer { zip_source_close(source) }
    var data = Data(count: Int(status.size))
    let count = data.withUnsafeMutableBytes { memory in
      memory.baseAddress.map { zip_source_read(source, $0, zip_uint64_t(memory.count)) } ?? 0
    }
    guard count == zip_int64_t(status.size) else { throw failure() }
    return data
  }
}
