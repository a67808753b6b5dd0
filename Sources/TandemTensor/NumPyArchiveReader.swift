import CZip
import Foundation
import TandemProcess

/// An open `.npz` archive: which arrays it has is known, what they are is read from the first bytes
/// of each, and their elements when they are asked for.
///
/// One thread uses it.
package final class NumPyArchiveReader {
  /// The file that is read, for messages about its contents.
  package let path: String
  /// The arrays' names, without `.npy`, in the order of the archive.
  package let names: [String]

  private let archive: OpaquePointer
  private let archiveBytes: UInt64
  private let indices: [String: zip_uint64_t]

  /// - Throws: `FileError` if the file cannot be read, `NumPyError` if it is no archive.
  package init(path: String) throws {
    archiveBytes = UInt64(try RegularFile(path: path).byteCount)
    var code: Int32 = 0
    guard let archive = zip_open(PathBytes.bytes(path), ZIP_RDONLY, &code) else {
      throw NumPyError(path: path, fact: .notAnArchive(reason: Self.reason(code)))
    }
    var names: [String] = []
    var indices: [String: zip_uint64_t] = [:]
    for index in 0..<zip_uint64_t(max(0, zip_get_num_entries(archive, 0))) {
      guard let entry = zip_get_name(archive, index, 0).map({ String(cString: $0) }),
        entry.hasSuffix(".npy")
      else { continue }
      let name = String(entry.dropLast(4))
      guard indices.updateValue(index, forKey: name) == nil else {
        zip_discard(archive)
        throw NumPyError(path: path, entry: name, fact: .duplicateEntry)
      }
      names.append(name)
    }
    self.path = path
    self.names = names
    self.archive = archive
    self.indices = indices
  }

  deinit {
    zip_discard(archive)
  }

  /// The array of that name, as its header describes it. Only the first bytes are unpacked.
  /// - Throws: `NumPyError`; if there is no such array, one that lists the names there are.
  package func entry(named name: String) throws -> NumPyEntry {
    guard let index = indices[name] else {
      throw NumPyError(path: path, entry: name, fact: .missingEntry(found: names))
    }
    do {
      let claimed = try checkedByteCount(index)
      let (header, headerBytes) = try withEntry(index) { try parseHeader(of: $0, claimed: claimed) }
      return NumPyEntry(header, path: path, name: name) { memory in
        try self.readElements(of: index, behind: headerBytes, into: memory)
      }
    } catch let fact as NumPyError.Fact {
      throw NumPyError(path: path, entry: name, fact: fact)
    }
  }

  private func readElements(
    of index: zip_uint64_t, behind headerBytes: Int, into memory: UnsafeMutableRawBufferPointer
  ) throws {
    try withEntry(index) { (entry: OpaquePointer) throws -> Void in
      var header = [UInt8](repeating: 0, count: headerBytes)
      try header.withUnsafeMutableBytes { try fill($0, from: entry) }
      try fill(memory, from: entry)
      try checkEnd(of: entry)
    }
  }

  private func withEntry<Result>(
    _ index: zip_uint64_t, _ body: (OpaquePointer) throws -> Result
  ) throws -> Result {
    guard let entry = zip_fopen_index(archive, index, 0) else {
      throw NumPyError.Fact.corruptEntry(reason: Self.reason(zip_get_error(archive)))
    }
    defer { zip_fclose(entry) }
    return try body(entry)
  }

  private func parseHeader(
    of entry: OpaquePointer, claimed: Int
  ) throws -> (header: NumPyHeader, byteCount: Int) {
    var header = [UInt8](repeating: 0, count: min(claimed, NumPyHeader.prefixByteCount))
    try header.withUnsafeMutableBytes { try fill($0, from: entry) }
    let headerBytes = try header.withUnsafeBytes { try NumPyHeader.byteCount(prefix: $0) }
    guard headerBytes <= claimed else {
      throw NumPyError.Fact.truncatedHeader(neededBytes: headerBytes, foundBytes: claimed)
    }
    // A header that ends inside the prefix cannot be valid; its parser says so.
    let prefixBytes = min(header.count, headerBytes)
    header += [UInt8](repeating: 0, count: headerBytes - prefixBytes)
    try header.withUnsafeMutableBytes {
      try fill(UnsafeMutableRawBufferPointer(rebasing: $0[prefixBytes..<headerBytes]), from: entry)
    }
    let parsed = try header.withUnsafeBytes {
      try NumPyHeader(UnsafeRawBufferPointer(rebasing: $0[..<headerBytes]))
    }
    try parsed.check(dataBytes: claimed - headerBytes)
    return (parsed, headerBytes)
  }

  /// The size that the entry claims to have, once nothing speaks against it.
  private func checkedByteCount(_ index: zip_uint64_t) throws -> Int {
    var status = zip_stat_t()
    guard zip_stat_index(archive, index, 0, &status) == 0 else {
      throw NumPyError.Fact.corruptEntry(reason: Self.reason(zip_get_error(archive)))
    }
    guard status.encryption_method == ZIP_EM_NONE else {
      throw NumPyError.Fact.corruptEntry(reason: "it is encrypted")
    }
    let method = Int32(status.comp_method)
    guard method == ZIP_CM_STORE || method == ZIP_CM_DEFLATE else {
      throw NumPyError.Fact.unsupportedCompression(method: Int(method))
    }
    let bestRatio = method == ZIP_CM_STORE ? 1 : UInt64(Deflate.mostBytesPerByte)
    let (bound, overflow) = status.comp_size.multipliedReportingOverflow(by: bestRatio)
    guard status.comp_size <= archiveBytes, !overflow, status.size <= bound else {
      throw NumPyError.Fact.impossibleEntrySize(
        claimedBytes: status.size, compressedBytes: status.comp_size)
    }
    return Int(status.size)
  }

  private func fill(
    _ memory: UnsafeMutableRawBufferPointer, from entry: OpaquePointer
  ) throws {
    var position = 0
    while position < memory.count, let base = memory.baseAddress {
      let count = zip_fread(entry, base + position, zip_uint64_t(memory.count - position))
      guard count > 0 else {
        throw NumPyError.Fact.corruptEntry(
          reason: count == 0 ? "less data than announced" : Self.reason(zip_file_get_error(entry)))
      }
      position += Int(count)
    }
  }

  /// libzip compares the checksum when it is asked for more than there is.
  private func checkEnd(of entry: OpaquePointer) throws {
    var extra: UInt8 = 0
    let extraBytes = zip_fread(entry, &extra, 1)
    guard extraBytes == 0 else {
      throw NumPyError.Fact.corruptEntry(
        reason: extraBytes > 0
          ? "more data than announced" : Self.reason(zip_file_get_error(entry)))
    }
  }

  private static func reason(_ error: UnsafeMutablePointer<zip_error_t>?) -> String {
    // libzip 1.11 says of all of these that they are never null, 1.7 does not.
    guard let error else { return "no reason is known" }
    return String(cString: zip_error_strerror(error)).lowercased()
  }

  private static func reason(_ code: Int32) -> String {
    var error = zip_error_t()
    zip_error_init_with_code(&error, code)
    defer { zip_error_fini(&error) }
    return reason(&error)
  }
}
