/// Named arrays in one file, as `numpy.savez` and `numpy.savez_compressed` write them (`.npz`): a
/// zip archive with one `.npy` file per array.
package struct NumPyArchive: Sendable {
  /// The file that was read, for messages about its contents.
  package let path: String
  /// The arrays' names, without `.npy`, in the order of the archive.
  package let names: [String]
  private let arrays: [String: NumPyArray]

  /// Reads an archive, stored or deflated.
  ///
  /// - Parameter wanted: the arrays to read; others are listed in `names` only. nil reads all.
  /// - Throws: `FileError` if it cannot be read, `NumPyError` if it is not what it should be.
  package init(contentsOf path: String, only wanted: Set<String>? = nil) throws {
    let reader = try NumPyArchiveReader(path: path)
    let entries = try reader.names.filter { wanted?.contains($0) ?? true }
      .map { (name: $0, entry: try reader.entry(named: $0)) }
    try MemoryLimits.require(
      bytes: entries.map(\.entry.byteCountInMemory).reduce(0, +), purpose: "arrays of \(path)")
    var arrays: [String: NumPyArray] = [:]
    for (name, entry) in entries { arrays[name] = try entry.array() }
    self.path = path
    names = reader.names
    self.arrays = arrays
  }

  /// The array of that name, or nil if the archive has none or it was not asked for.
  package subscript(name: String) -> NumPyArray? { arrays[name] }

  /// The array of that name.
  /// - Throws: `NumPyError` that lists the names there are.
  package func array(named name: String) throws -> NumPyArray {
    guard let array = arrays[name] else {
      throw NumPyError(path: path, entry: name, fact: .missingEntry(found: names))
    }
    return array
  }
}
