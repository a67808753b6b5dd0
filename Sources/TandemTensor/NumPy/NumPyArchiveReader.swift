import Foundation

/// An open `.npz` archive: which arrays it has is known, what they are is read from the first bytes
/// of each, and their elements when they are asked for.
///
/// One thread uses it.
package final class NumPyArchiveReader {
  /// The file that is read, for messages about its contents.
  package let path: String
  /// The arrays' names, without `.npy`, in the order of the archive.
  package let names: [String]

  private let archive: ZipArchive
  private let indices: [String: Int]

  /// - Throws: `FileError` if the file cannot be read, `NumPyError` if it is no archive.
  package init(path: String) throws {
    let archive: ZipArchive
    do {
      archive = try ZipArchive(path: path)
    } catch let fault as ZipFault {
      throw NumPyError(path: path, fact: NumPyError.Fact(fault))
    }
    var names: [String] = []
    var indices: [String: Int] = [:]
    for (index, entry) in archive.names.enumerated() {
      guard let entry, entry.hasSuffix(".npy") else { continue }
      let name = String(entry.dropLast(4))
      guard indices.updateValue(index, forKey: name) == nil else {
        throw NumPyError(path: path, entry: name, fact: .duplicateEntry)
      }
      names.append(name)
    }
    self.path = path
    self.names = names
    self.archive = archive
    self.indices = indices
  }

  /// The array of that name, as its header describes it. Only the first bytes are unpacked.
  /// - Throws: `NumPyError`; if there is no such array, one that lists the names there are.
  package func entry(named name: String) throws -> NumPyEntry {
    guard let index = indices[name] else {
      throw NumPyError(path: path, entry: name, fact: .missingEntry(found: names))
    }
    do {
      return try withZipFaultsAsFacts {
        let claimed = try archive.byteCount(ofEntry: index)
        let (header, headerBytes) = try archive.withEntry(index) {
          try parseHeader(of: $0, claimed: claimed)
        }
        return NumPyEntry(header, path: path, name: name) { memory in
          try self.readElements(of: index, behind: headerBytes, into: memory)
        }
      }
    } catch let fact as NumPyError.Fact {
      throw NumPyError(path: path, entry: name, fact: fact)
    }
  }

  private func readElements(
    of index: Int, behind headerBytes: Int, into memory: UnsafeMutableRawBufferPointer
  ) throws {
    try withZipFaultsAsFacts {
      try archive.withEntry(index) { entry in
        var header = [UInt8](repeating: 0, count: headerBytes)
        try header.withUnsafeMutableBytes { try entry.fill($0) }
        try entry.fill(memory)
        try entry.checkEnd()
      }
    }
  }

  private func withZipFaultsAsFacts<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let fault as ZipFault {
      throw NumPyError.Fact(fault)
    }
  }

  private func parseHeader(
    of entry: ZipEntry, claimed: Int
  ) throws -> (header: NumPyHeader, byteCount: Int) {
    var header = [UInt8](repeating: 0, count: min(claimed, NumPyHeader.prefixByteCount))
    try header.withUnsafeMutableBytes { try entry.fill($0) }
    let headerBytes = try header.withUnsafeBytes { try NumPyHeader.byteCount(prefix: $0) }
    guard headerBytes <= claimed else {
      throw NumPyError.Fact.truncatedHeader(neededBytes: headerBytes, foundBytes: claimed)
    }
    // A header that ends inside the prefix cannot be valid; its parser says so.
    let prefixBytes = min(header.count, headerBytes)
    header += [UInt8](repeating: 0, count: headerBytes - prefixBytes)
    try header.withUnsafeMutableBytes {
      try entry.fill(UnsafeMutableRawBufferPointer(rebasing: $0[prefixBytes..<headerBytes]))
    }
    let parsed = try header.withUnsafeBytes {
      try NumPyHeader(UnsafeRawBufferPointer(rebasing: $0[..<headerBytes]))
    }
    try parsed.check(dataBytes: claimed - headerBytes)
    return (parsed, headerBytes)
  }
}

extension NumPyError.Fact {
  fileprivate init(_ fault: ZipFault) {
    self =
      switch fault {
      case .notAnArchive(let reason): .notAnArchive(reason: reason)
      case .unsupportedCompression(let method): .unsupportedCompression(method: method)
      case .impossibleEntrySize(let claimed, let compressed):
        .impossibleEntrySize(claimedBytes: claimed, compressedBytes: compressed)
      case .corruptEntry(let reason): .corruptEntry(reason: reason)
      }
  }
}
