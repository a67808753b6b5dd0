import CZip
import Foundation

/// Named arrays in one file, as `numpy.savez` and `numpy.savez_compressed` write them (`.npz`): a
/// zip archive with one `.npy` file per array.
public struct NumPyArchive: Sendable {
  /// The file that was read, for messages about its contents.
  public let path: String
  /// The arrays' names, without `.npy`, in the order of the archive.
  public let names: [String]
  private let arrays: [String: NumPyArray]

  /// Reads an archive, stored or deflated.
  ///
  /// - Parameter wanted: the arrays to read; others are listed in `names` only. nil reads all.
  /// - Throws: `FileError` if it cannot be read, `NumPyError` if it is not what it should be.
  public init(contentsOf path: String, only wanted: Set<String>? = nil) throws {
    let archiveBytes = try MappedFile(path: path).byteCount
    var code: Int32 = 0
    guard let archive = zip_open(path, ZIP_RDONLY, &code) else {
      throw NumPyError(path: path, fact: .notAnArchive(reason: Self.reason(code)))
    }
    defer { zip_discard(archive) }

    var names: [String] = []
    var arrays: [String: NumPyArray] = [:]
    for index in 0..<zip_uint64_t(max(0, zip_get_num_entries(archive, 0))) {
      guard let entry = zip_get_name(archive, index, 0).map({ String(cString: $0) }),
        entry.hasSuffix(".npy")
      else { continue }
      let name = String(entry.dropLast(4))
      guard !names.contains(name) else {
        throw NumPyError(path: path, entry: name, fact: .duplicateEntry)
      }
      names.append(name)
      guard wanted?.contains(name) ?? true else { continue }
      do {
        arrays[name] = try Self.array(archive, index, archiveBytes: UInt64(archiveBytes))
      } catch let fact as NumPyError.Fact {
        throw NumPyError(path: path, entry: name, fact: fact)
      }
    }
    self.path = path
    self.names = names
    self.arrays = arrays
  }

  /// The array of that name, or nil if the archive has none or it was not asked for.
  public subscript(name: String) -> NumPyArray? { arrays[name] }

  /// The array of that name.
  /// - Throws: `NumPyError` that lists the names there are.
  public func array(named name: String) throws -> NumPyArray {
    guard let array = arrays[name] else {
      throw NumPyError(path: path, entry: name, fact: .missingEntry(found: names))
    }
    return array
  }
}

extension NumPyArchive {
  private static func array(
    _ archive: OpaquePointer, _ index: zip_uint64_t, archiveBytes: UInt64
  ) throws -> NumPyArray {
    let claimed = try checkedByteCount(archive, index, archiveBytes: archiveBytes)
    guard let entry = zip_fopen_index(archive, index, 0) else {
      throw NumPyError.Fact.corruptEntry(
        reason: String(cString: zip_error_strerror(zip_get_error(archive))))
    }
    defer { zip_fclose(entry) }

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
    let dataBytes = parsed.shape.elementCount * parsed.elementType.byteCount
    guard dataBytes == claimed - headerBytes else {
      throw NumPyError.Fact.wrongDataSize(
        claimedBytes: dataBytes, foundBytes: claimed - headerBytes)
    }
    let array = try NumPyArray(parsed) { try fill($0, from: entry) }
    // libzip compares the checksum when it is asked for more than there is.
    var extra: UInt8 = 0
    let extraBytes = zip_fread(entry, &extra, 1)
    guard extraBytes == 0 else {
      throw NumPyError.Fact.corruptEntry(
        reason: extraBytes > 0 ? "more data than announced" : reason(of: entry))
    }
    return array
  }

  /// The size that the entry claims to have, once nothing speaks against it: archives may claim
  /// anything, and memory is asked for by this number.
  private static func checkedByteCount(
    _ archive: OpaquePointer, _ index: zip_uint64_t, archiveBytes: UInt64
  ) throws -> Int {
    var status = zip_stat_t()
    guard zip_stat_index(archive, index, 0, &status) == 0 else {
      throw NumPyError.Fact.corruptEntry(
        reason: String(cString: zip_error_strerror(zip_get_error(archive))))
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
    guard status.size <= ProcessInfo.processInfo.physicalMemory else {
      throw NumPyError.Fact.tooLarge("of \(status.size) bytes")
    }
    return Int(status.size)
  }

  private static func fill(
    _ memory: UnsafeMutableRawBufferPointer, from entry: OpaquePointer
  ) throws {
    var position = 0
    while position < memory.count, let base = memory.baseAddress {
      let count = zip_fread(entry, base + position, zip_uint64_t(memory.count - position))
      guard count > 0 else {
        throw NumPyError.Fact.corruptEntry(
          reason: count == 0 ? "less data than announced" : reason(of: entry))
      }
      position += Int(count)
    }
  }

  private static func reason(of entry: OpaquePointer) -> String {
    String(cString: zip_error_strerror(zip_file_get_error(entry))).lowercased()
  }

  static func reason(_ code: Int32) -> String {
    var error = zip_error_t()
    zip_error_init_with_code(&error, code)
    defer { zip_error_fini(&error) }
    return String(cString: zip_error_strerror(&error)).lowercased()
  }
}
