/// What `torch.save` wrote before PyTorch 1.6, as many published weights are: five pickles, of a
/// number that tells the format, its version, the machine, the state dict and the storages' keys,
/// and then for each key the number of elements in 8 bytes and the elements.
/// https://github.com/pytorch/pytorch/blob/v2.9.0/torch/serialization.py, `_legacy_save`
struct PyTorchStream: PyTorchContainer {
  let stateDict: PyTorchStateDict

  private let bytes: UnsafeRawBufferPointer
  private let places: [String: Range<Int>]

  /// The first pickle: 0x1950a86a20f9469cfc6c as a whole number, in protocol 2.
  static let start: [UInt8] = [
    0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
  ]
  private static let version = 1001

  /// - Parameter bytes: the whole file, which must outlive this value.
  /// - Throws: `PyTorchError.Fact`.
  init(_ bytes: UnsafeRawBufferPointer) throws(PyTorchError.Fact) {
    self.bytes = bytes
    var reader = PickleReader(bytes, from: Self.start.count)
    guard case .integer(Self.version) = try reader.value() else {
      throw .malformed(problem: "the version of its format is unknown")
    }
    let machine = try reader.value()
    if case .dictionary(let index) = machine {
      for case (.text("little_endian"), .boolean(false)) in reader.heap.dictionaries[index] {
        throw .bigEndian
      }
    }
    let state = try reader.value()
    stateDict = try PyTorchStateDict(state, in: reader.heap)
    let list = try reader.value()
    guard let keys = reader.heap.items(list) else {
      throw .malformed(problem: "the list of storages is missing")
    }
    var types: [String: WeightElementType] = [:]
    for storage in reader.heap.storages {
      guard types.updateValue(storage.type, forKey: storage.key) ?? storage.type == storage.type
      else { throw .malformed(problem: "a storage has elements of two types") }
    }
    places = try Self.places(keys, types, bytes, from: reader.position)
  }

  private static func places(
    _ keys: [PickleValue], _ types: [String: WeightElementType], _ bytes: UnsafeRawBufferPointer,
    from start: Int
  ) throws(PyTorchError.Fact) -> [String: Range<Int>] {
    var places: [String: Range<Int>] = [:]
    var position = start
    for key in keys {
      guard case .text(let key) = key, let type = types[key] else {
        throw .malformed(problem: "it has a storage that no tensor uses")
      }
      let countBytes = MemoryLayout<Int64>.size
      guard bytes.count - position >= countBytes else { throw .missingStorage(key: key) }
      let count = Int(
        Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Int64.self)))
      position += countBytes
      let left = bytes.count - position
      guard (0...Int.max / type.byteCount).contains(count) else {
        throw .malformed(problem: "a storage of \(count) elements")
      }
      guard count * type.byteCount <= left else {
        throw .shortStorage(key: key, neededBytes: count * type.byteCount, foundBytes: left)
      }
      guard places.updateValue(position..<position + count * type.byteCount, forKey: key) == nil
      else { throw .malformed(problem: "a storage is there twice") }
      position += count * type.byteCount
    }
    guard position == bytes.count else {
      throw .malformed(problem: "\(bytes.count - position) bytes follow the last storage")
    }
    return places
  }

  func byteCount(ofStorage key: String) throws -> Int { try place(key).count }

  func withStorage<Result>(
    _ key: String, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    try body(UnsafeRawBufferPointer(rebasing: bytes[try place(key)]))
  }

  private func place(_ key: String) throws(PyTorchError.Fact) -> Range<Int> {
    guard let place = places[key] else { throw .missingStorage(key: key) }
    return place
  }
}
