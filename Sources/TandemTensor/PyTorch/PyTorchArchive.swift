/// What `torch.save` writes since PyTorch 1.6: a zip archive of `NAME/data.pkl` and, for each
/// storage, `NAME/data/KEY`.
/// https://github.com/pytorch/pytorch/blob/v2.9.0/torch/serialization.py, `_save`
struct PyTorchArchive: PyTorchContainer {
  let stateDict: PyTorchStateDict

  private let archive: ZipArchive
  private let indices: [String: Int]
  /// What the names of all entries begin with, with the slash.
  private let folder: String

  /// Names and shapes of any network are far below.
  private static let mostPickleBytes = 64 << 20

  /// - Throws: `FileError`, `PyTorchError.Fact`.
  init(path: String) throws {
    do {
      archive = try ZipArchive(path: path)
    } catch let fault as ZipFault {
      throw PyTorchError.Fact(fault)
    }
    var indices: [String: Int] = [:]
    for (index, name) in archive.names.enumerated() {
      guard let name else { continue }
      guard indices.updateValue(index, forKey: name) == nil else {
        throw PyTorchError.Fact.damagedArchive(entry: name, problem: "it is there twice")
      }
    }
    self.indices = indices
    let pickle = "data.pkl"
    guard let name = archive.names.lazy.compactMap(\.self).first(where: Self.isPickle) else {
      throw PyTorchError.Fact.noPickle(entries: archive.names.compactMap(\.self))
    }
    folder = String(name.dropLast(pickle.count))
    if try Self.contents(folder + "byteorder", archive, indices).map({
      String(decoding: $0, as: UTF8.self)
    }) == "big" {
      throw PyTorchError.Fact.bigEndian
    }
    let bytes = try Self.contents(name, archive, indices) ?? []
    stateDict = try bytes.withUnsafeBytes { bytes in
      var reader = PickleReader(bytes)
      let value = try reader.value()
      return try PyTorchStateDict(value, in: reader.heap)
    }
  }

  /// `NAME/data.pkl`, in one folder.
  private static func isPickle(_ name: String) -> Bool {
    let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return parts.count == 2 && name.hasSuffix("/data.pkl")
  }

  /// A small entry's bytes; nil if there is none.
  private static func contents(
    _ name: String, _ archive: ZipArchive, _ indices: [String: Int]
  ) throws -> [UInt8]? {
    guard let index = indices[name] else { return nil }
    return try withFacts(name) {
      guard try archive.byteCount(ofEntry: index) <= mostPickleBytes else {
        throw PyTorchError.Fact.tooLong
      }
      return try archive.contents(ofEntry: index)
    }
  }

  func byteCount(ofStorage key: String) throws -> Int {
    let (name, index) = try entry(key)
    return try Self.withFacts(name) { try archive.byteCount(ofEntry: index) }
  }

  func withStorage<Result>(
    _ key: String, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    let (name, index) = try entry(key)
    let contents = try Self.withFacts(name) { try archive.contents(ofEntry: index) }
    return try contents.withUnsafeBytes(body)
  }

  private func entry(_ key: String) throws(PyTorchError.Fact) -> (name: String, index: Int) {
    let name = folder + "data/" + key
    guard let index = indices[name] else { throw .missingStorage(key: key) }
    return (name, index)
  }

  private static func withFacts<Result>(
    _ entry: String, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch let fault as ZipFault {
      throw PyTorchError.Fact(fault, entry: entry)
    }
  }
}

extension PyTorchError.Fact {
  fileprivate init(_ fault: ZipFault, entry: String? = nil) {
    let problem =
      switch fault {
      case .notAnArchive(let reason), .corruptEntry(let reason): reason
      case .unsupportedCompression(let method): "compression method \(method) is not supported"
      case .impossibleEntrySize(let claimed, let compressed):
        "\(compressed) compressed bytes cannot hold the claimed \(claimed)"
      }
    self = .damagedArchive(entry: entry, problem: problem)
  }
}
