import CZip
import Foundation
import TandemProcess

/// An open zip archive: what its entries are called is known, and each is unpacked when it is asked
/// for, after the size that it claims was compared with the bytes that there are.
///
/// One thread uses it.
final class ZipArchive {
  /// The entries' names in the order of the archive; nil for a name that is none.
  let names: [String?]

  private let archive: OpaquePointer
  private let archiveBytes: UInt64

  /// - Throws: `FileError` if the file cannot be read, `ZipFault.notAnArchive`.
  init(path: String) throws {
    archiveBytes = UInt64(try RegularFile(path: path).byteCount)
    var code: Int32 = 0
    guard let archive = zip_open(PathBytes.bytes(path), ZIP_RDONLY, &code) else {
      throw ZipFault.notAnArchive(reason: ZipEntry.reason(code))
    }
    self.archive = archive
    names = (0..<zip_uint64_t(max(0, zip_get_num_entries(archive, 0)))).map { index in
      zip_get_name(archive, index, 0).map { String(cString: $0) }
    }
  }

  deinit {
    zip_discard(archive)
  }

  /// The size that an entry claims to have, once nothing speaks against it.
  func byteCount(ofEntry index: Int) throws(ZipFault) -> Int {
    var status = zip_stat_t()
    guard zip_stat_index(archive, zip_uint64_t(index), 0, &status) == 0 else {
      throw .corruptEntry(reason: ZipEntry.reason(zip_get_error(archive)))
    }
    guard status.encryption_method == ZIP_EM_NONE else {
      throw .corruptEntry(reason: "it is encrypted")
    }
    let method = Int32(status.comp_method)
    guard method == ZIP_CM_STORE || method == ZIP_CM_DEFLATE else {
      throw .unsupportedCompression(method: Int(method))
    }
    let bestRatio = method == ZIP_CM_STORE ? 1 : UInt64(Deflate.mostBytesPerByte)
    let (bound, overflow) = status.comp_size.multipliedReportingOverflow(by: bestRatio)
    guard status.comp_size <= archiveBytes, !overflow, status.size <= bound else {
      throw .impossibleEntrySize(claimedBytes: status.size, compressedBytes: status.comp_size)
    }
    return Int(status.size)
  }

  /// Calls `body` with an entry, to be unpacked from its first byte.
  /// - Throws: `ZipFault.corruptEntry`, and what `body` throws.
  func withEntry<Result>(_ index: Int, _ body: (ZipEntry) throws -> Result) throws -> Result {
    guard let file = zip_fopen_index(archive, zip_uint64_t(index), 0) else {
      throw ZipFault.corruptEntry(reason: ZipEntry.reason(zip_get_error(archive)))
    }
    defer { zip_fclose(file) }
    return try body(ZipEntry(file: file))
  }

  /// An entry's bytes, all of them; the checksum is compared.
  /// - Throws: `ZipFault`.
  func contents(ofEntry index: Int) throws -> [UInt8] {
    let count = try byteCount(ofEntry: index)
    return try withEntry(index) { entry in
      let bytes = try [UInt8](count: count) { try entry.fill($0) }
      try entry.checkEnd()
      return bytes
    }
  }
}
