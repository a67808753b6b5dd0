/// Named float32 tensors of a file that `torch.save(model.state_dict(), path)` wrote, or of a
/// checkpoint that holds such a dictionary as its `state_dict` or `model`; read without running
/// anything that the file says.
package struct PyTorchFile: Sendable {
  package let tensors: [String: Tensor]
  /// The types of the tensors that were not read, by name, in the words of safetensors; see
  /// `SafeTensorsFile.skippedTypes`.
  package let skippedTypes: [String: String]

  /// Whether a file that begins so is one of `torch.save`, or another zip archive.
  package static func isLikely(prefix: [UInt8]) -> Bool { isArchive(prefix) || isStream(prefix) }

  /// How many bytes of a file `isLikely` needs.
  package static let prefixByteCount = 16

  private static func isStream(_ prefix: [UInt8]) -> Bool {
    prefix.starts(with: PyTorchStream.start)
  }

  /// A zip archive's first entry, or its end if there is none. (A header of safetensors can have
  /// the length that these bytes are as a number, but then begins with a brace.)
  private static func isArchive(_ prefix: [UInt8]) -> Bool {
    let isZip = [[0x50, 0x4B, 0x03, 0x04], [0x50, 0x4B, 0x05, 0x06]].contains {
      prefix.starts(with: $0)
    }
    return isZip && !(prefix.count > 8 && prefix[8] == UInt8(ascii: "{"))
  }

  /// Reads a file after everything that it claims about itself was checked. Elements of the types
  /// float16, bfloat16 and float64 are converted to float32; integers are left out.
  ///
  /// - Throws: `FileError` if it cannot be read, `PyTorchError`, `MemoryError`.
  package static func read(_ path: String) throws -> PyTorchFile {
    do {
      if isStream(try RegularFile(path: path).prefix(prefixByteCount)) {
        return try MappedFile(path: path).withBytes {
          try PyTorchFile(PyTorchStream($0), path: path)
        }
      }
      return try PyTorchFile(PyTorchArchive(path: path), path: path)
    } catch let fact as PyTorchError.Fact {
      throw PyTorchError(path: path, fact: fact)
    }
  }

  private init(_ container: some PyTorchContainer, path: String) throws {
    let stateDict = container.stateDict.tensors
    skippedTypes = stateDict.filter { !$0.value.storage.type.isRead }
      .mapValues(\.storage.type.rawValue)
    let read = stateDict.filter { $0.value.storage.type.isRead }
    let byStorage = Dictionary(grouping: read, by: \.value.storage.key)
    var largestStorage = 0
    for (key, tensors) in byStorage {
      let found = try container.byteCount(ofStorage: key)
      let needed = tensors.map(\.value.storage.byteCount).max() ?? 0
      guard needed <= found else {
        throw PyTorchError.Fact.shortStorage(key: key, neededBytes: needed, foundBytes: found)
      }
      largestStorage = max(largestStorage, found)
    }
    try Self.requireMemory(Set(read.values), largestStorage: largestStorage, path: path)

    var tensors: [String: Tensor] = [:]
    for (key, group) in byStorage {
      try container.withStorage(key) { bytes in
        // Names that share all elements share their memory.
        var known: [PyTorchTensor: Tensor] = [:]
        for (name, place) in group {
          if known[place] == nil, let floats = place.floats(bytes) {
            known[place] = Tensor(shape: place.shape, elements: floats)
          }
          tensors[name] = known[place]
        }
      }
    }
    self.tensors = tensors
  }

  /// Tensors may have more elements than their storage: an axis with stride 0 repeats them.
  private static func requireMemory(
    _ tensors: Set<PyTorchTensor>, largestStorage: Int, path: String
  ) throws {
    var bytes = 2 * Double(largestStorage)
    for tensor in tensors {
      bytes += Double(tensor.shape.elementCount) * Double(MemoryLayout<Float>.size)
    }
    try MemoryLimits.require(
      bytes: Int(min(bytes, Double(Int.max / 2))), purpose: "tensors of \(path)")
  }
}
