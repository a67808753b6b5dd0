import Foundation

/// An array on disk whose header has been read, and compared with the number of bytes there are,
/// but whose elements have not: what it is can be judged before memory is asked for.
package struct NumPyEntry {
  package var shape: Shape { header.shape }
  package var elementType: NumPyElementType { header.elementType }

  private let header: NumPyHeader
  /// Where it is, with the name of the entry in an archive, for messages.
  private let path: String
  private let name: String?
  /// Fills memory with all elements as they are in the file.
  private let fill: (UnsafeMutableRawBufferPointer) throws -> Void

  init(
    _ header: NumPyHeader, path: String, name: String?,
    fill: @escaping (UnsafeMutableRawBufferPointer) throws -> Void
  ) {
    self.header = header
    self.path = path
    self.name = name
    self.fill = fill
  }

  /// A `.npy` file.
  /// - Throws: `FileError` if it cannot be read, `NumPyError` if it is not what it should be.
  package init(contentsOf path: String) throws {
    let file = try MappedFile(path: path)
    do {
      let (header, headerBytes) = try file.withBytes { bytes in
        let prefix = UnsafeRawBufferPointer(rebasing: bytes.prefix(NumPyHeader.prefixByteCount))
        let headerBytes = try NumPyHeader.byteCount(prefix: prefix)
        guard headerBytes <= bytes.count else {
          throw NumPyError.Fact.truncatedHeader(neededBytes: headerBytes, foundBytes: bytes.count)
        }
        let header = try NumPyHeader(UnsafeRawBufferPointer(rebasing: bytes[..<headerBytes]))
        try header.check(dataBytes: bytes.count - headerBytes)
        return (header, headerBytes)
      }
      self.init(header, path: path, name: nil) { memory in
        file.withBytes {
          memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[headerBytes...]))
        }
      }
    } catch let fact as NumPyError.Fact {
      throw NumPyError(path: path, fact: fact)
    }
  }

  /// Bytes of memory that the array takes once it is read.
  package var byteCountInMemory: Int { shape.elementCount * elementType.byteCountInMemory }

  /// Bytes of memory that are needed at once while it is read: elements of types without a storage
  /// of their own are there twice, as they are in the file and widened.
  package var byteCountWhileReading: Int {
    let isWidened = elementType.byteCount != elementType.byteCountInMemory
    return byteCountInMemory + (isWidened ? header.dataBytes : 0)
  }

  /// Reads the elements.
  /// - Throws: `NumPyError` if they are damaged, `MemoryError` if there is no memory for them.
  package func array() throws -> NumPyArray {
    try MemoryLimits.require(bytes: byteCountWhileReading, purpose: "array in \(path)")
    do {
      return try NumPyArray(header, fill: fill)
    } catch let fact as NumPyError.Fact {
      throw NumPyError(path: path, entry: name, fact: fact)
    }
  }
}

extension NumPyHeader {
  /// Headers may claim anything; memory is asked for by what they say.
  func check(dataBytes found: Int) throws(NumPyError.Fact) {
    guard dataBytes == found else {
      throw .wrongDataSize(claimedBytes: dataBytes, foundBytes: found)
    }
  }
}
