/// What is wrong with a `.npy` file, or with an entry of a `.npz` archive.
package struct NumPyError: Error, Equatable {
  /// Thrown as it is inside this module, by code that does not know file and entry.
  package enum Fact: Error, Equatable {
    /// The file does not start with NumPy's magic bytes.
    case notNumPy
    case unsupportedVersion(major: Int, minor: Int)
    case truncatedHeader(neededBytes: Int, foundBytes: Int)
    case malformedHeader(offset: Int, expected: String)
    case unsupportedType(String)
    case fortranOrder
    /// The product of the extents does not fit into an `Int`, or not into the machine's memory.
    case tooLarge(String)
    /// Header and data disagree about how many bytes of elements there are.
    case wrongDataSize(claimedBytes: Int, foundBytes: Int)
    /// An unsigned 64-bit integer above `Int64.max`.
    case integerOutOfRange(index: Int)

    /// The archive cannot be opened; `reason` is libzip's.
    case notAnArchive(reason: String)
    case duplicateEntry
    case unsupportedCompression(method: Int)
    /// An entry claims to hold more than its compressed bytes can possibly expand to.
    case impossibleEntrySize(claimedBytes: UInt64, compressedBytes: UInt64)
    /// Decompression failed or the checksum does not match; `reason` is libzip's.
    case corruptEntry(reason: String)
    case missingEntry(found: [String])
    /// libzip could not make an archive.
    case cannotCompose(reason: String)
  }

  package let path: String
  /// The array's name in a `.npz` archive; nil for a `.npy` file and for the archive as a whole.
  package let entry: String?
  package let fact: Fact

  package init(path: String, entry: String? = nil, fact: Fact) {
    self.path = path
    self.entry = entry
    self.fact = fact
  }
}

extension NumPyError: CustomStringConvertible {
  package var description: String {
    // Names inside archives may hold anything: quoted, they stay on one line.
    let place = entry.map { "\(path), array \($0.debugDescription)" } ?? path
    return "\(place): \(explanation)"
  }

  private var explanation: String {
    switch fact {
    case .notNumPy:
      "this is not a NumPy array; write it with numpy.save"
    case .unsupportedVersion(let major, let minor):
      "NumPy format \(major).\(minor) is not supported; write it with numpy.save (1.0 to 3.0)"
    case .truncatedHeader(let needed, let found):
      "the header needs \(needed) bytes but there are \(found); the file is cut off, copy it again"
    case .malformedHeader(let offset, let expected):
      "malformed header at byte \(offset), expected \(expected); write it with numpy.save"
    case .unsupportedType(let type):
      "elements of type \(type.debugDescription) are not supported; convert them, "
        + "for example with array.astype('<f4') (supported: bool, integers of up to 64 bits, float16, float32, float64)"
    case .fortranOrder:
      "the array is in Fortran order; write numpy.ascontiguousarray(array)"
    case .tooLarge(let shape):
      "an array of shape \(shape) does not fit into this machine's memory; split it"
    case .wrongDataSize(let claimed, let found):
      "the header claims \(claimed) bytes of elements but there are \(found); "
        + (found < claimed
          ? "the file is cut off, copy it again" : "write one array per file, with numpy.save")
    case .integerOutOfRange(let index):
      "element \(index) exceeds 64 bits with a sign; convert with array.astype('<i8')"
    case .notAnArchive(let reason):
      "this is not a .npz archive (\(reason)); write it with numpy.savez, or copy it again"
    case .duplicateEntry:
      "the name occurs twice; write the archive again with numpy.savez"
    case .unsupportedCompression(let method):
      "compression method \(method) is not supported; "
        + "write it with numpy.savez or numpy.savez_compressed"
    case .impossibleEntrySize(let claimed, let compressed):
      "\(compressed) compressed bytes cannot hold the claimed \(claimed); copy the file again"
    case .corruptEntry(let reason):
      "the data are damaged (\(reason)); copy the file again"
    case .missingEntry(let found):
      "there is no such array; the archive has "
        + (found.isEmpty ? "none" : found.map(\.debugDescription).joined(separator: ", "))
    case .cannotCompose(let reason):
      "the archive cannot be made: \(reason)"
    }
  }
}
