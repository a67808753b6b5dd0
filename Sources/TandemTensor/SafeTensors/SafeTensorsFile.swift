import Foundation

/// Named float32 tensors in one file, in the format that the Python world exchanges weights in:
/// 8 bytes with the header's length, a JSON header, then all elements without gaps.
/// https://github.com/huggingface/safetensors
///
/// Files that Tandem writes carry a digest of all that is in them, which is verified when they are
/// read; see `SafeTensorsDigest`.
package struct SafeTensorsFile: Sendable {
  package var tensors: [String: Tensor]
  /// Free text that the writer left with the tensors, but for the digest.
  package var metadata: [String: String]
  /// The types of the tensors that were not read, by name: integers and other elements that weights
  /// are not made of, for example the `num_batches_tracked` of PyTorch's batch normalisation.
  package private(set) var skippedTypes: [String: String] = [:]
  /// What the contents had when they were written and when they were read; nil for a file of
  /// another program, or for one that was not read.
  package private(set) var digest: String?

  package init(tensors: [String: Tensor], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// Reads a file after everything that it claims about itself was checked. Elements of the types
  /// F16, BF16 and F64 are converted to float32; see `skippedTypes` for other types.
  ///
  /// - Throws: `FileError` if it cannot be read, `SafeTensorsError` if it is malformed or has other
  ///   contents than its digest says, `MemoryError`.
  package static func read(_ path: String) throws -> SafeTensorsFile {
    try MappedFile(path: path).withBytes { bytes in
      try MemoryLimits.require(bytes: floatBytes(bytes), purpose: "tensors of \(path)")
      return try parse(bytes, path: path)
    }
  }

  /// What a file's tensors take as float32. Of a malformed one anything up to what its size allows:
  /// `parse` says what is wrong with it.
  private static func floatBytes(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard bytes.count >= 8 else { return 0 }
    let headerBytes = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard headerBytes <= SafeTensorsHeader.byteCountLimit,
      headerBytes <= UInt64(bytes.count - 8),
      let header = try? SafeTensorsHeader(
        parsing: UnsafeRawBufferPointer(rebasing: bytes[8..<8 + Int(headerBytes)]))
    else { return 0 }
    let sum = header.entries.reduce(0.0) { sum, entry in
      let elements = Double(max(0, entry.end) - max(0, entry.begin)) / Double(entry.type.byteCount)
      return sum + (entry.type.isRead ? elements : 0) * Double(MemoryLayout<Float>.size)
    }
    return Int(min(max(0, sum), 2 * Double(bytes.count)))
  }

  /// Reads the contents of a file that is in memory.
  /// - Throws: `SafeTensorsError`, with `path`.
  package static func parse(
    _ bytes: UnsafeRawBufferPointer, path: String
  ) throws(SafeTensorsError) -> SafeTensorsFile {
    do {
      return try parse(bytes)
    } catch {
      throw SafeTensorsError(path: path, fact: error)
    }
  }

  /// Writes a file that is complete or not there at all, straight from the tensors' memory.
  ///
  /// - Parameters:
  ///   - tensors: in the order in which the file is to hold them; names must differ.
  ///   - metadata: free text to leave with the tensors.
  /// - Returns: the digest, which is left with the metadata.
  /// - Throws: `FileError` if the file cannot be written, `SafeTensorsError` for a name that occurs
  ///   twice or is reserved by the format.
  @discardableResult
  package static func write(
    tensors: [(name: String, shape: Shape, elements: UnsafeBufferPointer<Float>)],
    metadata: [String: String] = [:], to path: String
  ) throws -> String {
    var header = SafeTensorsHeader(metadata: metadata)
    var names: Set<String> = []
    var offset = 0
    for (name, shape, elements) in tensors {
      precondition(
        elements.count == shape.elementCount, "\(name): \(elements.count) elements for \(shape)")
      guard name != SafeTensorsHeader.metadataName else {
        throw SafeTensorsError(path: path, fact: .reservedName(name))
      }
      guard names.insert(name).inserted else {
        throw SafeTensorsError(path: path, fact: .duplicateName(name))
      }
      let end = offset + elements.count * MemoryLayout<Float>.size
      header.entries.append(
        .init(name: name, type: .float32, shape: shape, begin: offset, end: end))
      offset = end
    }
    let digest = SafeTensorsDigest.text(
      header, contents: tensors.map { UnsafeRawBufferPointer($0.elements) })
    header.metadata[SafeTensorsDigest.key] = digest
    let json = header.encoded
    guard json.count <= SafeTensorsHeader.byteCountLimit else {
      throw SafeTensorsError(path: path, fact: .headerTooLong(bytes: UInt64(json.count)))
    }
    try AtomicFile.write(to: path) { writer in
      try withUnsafeBytes(of: UInt64(json.count).littleEndian) { try writer.write($0) }
      try json.withUnsafeBytes { try writer.write($0) }
      for tensor in tensors {
        try writer.write(UnsafeRawBufferPointer(tensor.elements))
      }
    }
    return digest
  }

  /// Writes this value, tensors in the order of their names.
  /// - Throws: as `write(tensors:metadata:to:)`; `MemoryError`.
  package func write(to path: String) throws {
    // Pointers into the arrays are only valid inside nested closures: one block for all instead.
    let sorted = tensors.sorted { $0.key < $1.key }
    try MemoryLimits.require(
      bytes: sorted.reduce(0) { $0 + $1.value.elements.count } * MemoryLayout<Float>.size,
      purpose: "tensors of \(path)")
    let all = sorted.flatMap(\.value.elements)
    try all.withUnsafeBufferPointer { memory in
      var offset = 0
      let pieces = sorted.map { name, tensor in
        defer { offset += tensor.elements.count }
        let range = offset..<offset + tensor.elements.count
        return (
          name: name, shape: tensor.shape, elements: UnsafeBufferPointer(rebasing: memory[range])
        )
      }
      try Self.write(tensors: pieces, metadata: metadata, to: path)
    }
  }
}

extension SafeTensorsFile {
  private static func parse(
    _ bytes: UnsafeRawBufferPointer
  ) throws(SafeTensorsError.Fact) -> SafeTensorsFile {
    guard bytes.count >= 8 else { throw .truncatedHeader(neededBytes: 8, foundBytes: bytes.count) }
    let headerBytes = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard headerBytes <= SafeTensorsHeader.byteCountLimit else {
      throw .headerTooLong(bytes: headerBytes)
    }
    guard headerBytes <= UInt64(bytes.count - 8) else {
      throw .truncatedHeader(neededBytes: headerBytes, foundBytes: bytes.count - 8)
    }
    let dataStart = 8 + Int(headerBytes)
    let header = try SafeTensorsHeader(
      parsing: UnsafeRawBufferPointer(rebasing: bytes[8..<dataStart]))
    let data = UnsafeRawBufferPointer(rebasing: bytes[dataStart...])
    try check(header.entries, dataBytes: data.count)
    let contents = header.entries.map { UnsafeRawBufferPointer(rebasing: data[$0.begin..<$0.end]) }
    var file = SafeTensorsFile(tensors: [:], metadata: header.metadata)
    if let digest = file.metadata.removeValue(forKey: SafeTensorsDigest.key) {
      let found = SafeTensorsDigest.text(header, contents: contents)
      guard digest == found else { throw .wrongDigest(claimed: digest, found: found) }
      file.digest = digest
    }
    for (entry, bytes) in zip(header.entries, contents) {
      if let elements = entry.type.floats(bytes) {
        file.tensors[entry.name] = Tensor(shape: entry.shape, elements: elements)
      } else {
        file.skippedTypes[entry.name] = entry.type.rawValue
      }
    }
    return file
  }

  /// Each tensor's bytes must follow those of the one before, without gaps, up to the file's end:
  /// then none overlap, none lie outside, and the copies are no larger than the file, or twice as
  /// large where 16 bits become 32.
  private static func check(
    _ entries: [SafeTensorsHeader.Entry], dataBytes: Int
  ) throws(SafeTensorsError.Fact) {
    var expectedBegin = 0
    for entry in entries.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
      // In the order in which `Shape.elementCount` multiplies, so that it cannot overflow either.
      var neededBytes = entry.type.byteCount
      for extent in entry.shape.dimensions {
        let (product, overflow) = neededBytes.multipliedReportingOverflow(by: extent)
        guard !overflow else { throw .tooLarge(tensor: entry.name) }
        neededBytes = product
      }
      guard entry.end - entry.begin == neededBytes else {
        throw .wrongLength(
          tensor: entry.name, neededBytes: neededBytes, foundBytes: entry.end - entry.begin)
      }
      guard entry.begin == expectedBegin else {
        throw .wrongOffset(tensor: entry.name, begin: entry.begin, expectedBegin: expectedBegin)
      }
      expectedBegin = entry.end
    }
    guard expectedBegin == dataBytes else {
      throw .wrongDataSize(claimedBytes: expectedBegin, foundBytes: dataBytes)
    }
  }
}

/// Two files are equal if they say the same, whether they were read or are still to be written.
extension SafeTensorsFile: Hashable {
  package static func == (left: SafeTensorsFile, right: SafeTensorsFile) -> Bool {
    left.tensors == right.tensors && left.metadata == right.metadata
      && left.skippedTypes == right.skippedTypes
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(tensors)
    hasher.combine(metadata)
    hasher.combine(skippedTypes)
  }
}
