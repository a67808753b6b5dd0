import Foundation
import TandemTensor

/// Reads a folder with the binary version of CIFAR-10: records of one label byte and 3072 pixels,
/// red, green, blue, each 32×32. https://www.cs.toronto.edu/~kriz/cifar.html
///
/// `data_batch_1.bin`, `data_batch_2.bin` and so on are the training images, as many files as there
/// are; `test_batch.bin` the test images; `batches.meta.txt`, if present, the names of the classes.
enum CIFAR10Folder {
  private static let imageShape: Shape = [3, 32, 32]
  private static let classes = 10
  private static let testName = "test_batch.bin"
  private static let classNamesName = "batches.meta.txt"

  /// Whether one of the files with images is among `names`.
  static func isRecognised(among names: Set<String>) -> Bool {
    names.contains(testName) || names.contains { trainingNumber($0) != nil }
  }

  /// - Throws: `FileError` or `DataError`.
  static func load(_ contents: FolderContents, name: String) throws -> DatasetPair {
    let training = contents.names.compactMap { name in trainingNumber(name).map { ($0, name) } }
      .sorted { $0 < $1 }.map(\.1)
    guard !training.isEmpty else {
      throw DataError(path: contents.path, fact: .missingFile(names: ["data_batch_1.bin"]))
    }
    guard let test = try contents.file(named: [testName]) else {
      throw DataError(path: contents.path, fact: .missingFile(names: [testName]))
    }
    let classNames =
      try contents.file(named: [classNamesName]).map(readClassNames) ?? ClassNames.cifar10
    let parts = [try training.compactMap { try contents.file(named: [$0]) }, [test]]
    let files = try parts.map { try $0.map(RecordFile.init) }
    let images = files.joined().map(\.count).reduce(0, +)
    try MemoryLimits.require(
      bytes: images * (imageShape.elementCount + MemoryLayout<Int32>.size),
      purpose: "images of \(contents.path)")
    let datasets = try files.map { files in
      InMemoryDataset(
        name: name, imageShape: imageShape, classNames: classNames,
        pixels: .uint8(pixels(of: files)), labels: try files.flatMap { try $0.labels() })
    }
    return DatasetPair(train: datasets[0], test: datasets[1])
  }

  /// The number in `data_batch_NUMBER.bin`.
  private static func trainingNumber(_ name: String) -> Int? {
    guard name.hasPrefix("data_batch_"), name.hasSuffix(".bin") else { return nil }
    return Int(name.dropFirst("data_batch_".count).dropLast(".bin".count))
  }

  /// A file that is a whole number of records.
  private struct RecordFile {
    static let recordBytes = 1 + imageShape.elementCount

    let path: String
    let count: Int
    private let file: MappedFile

    init(path: String) throws {
      let file = try MappedFile(path: path)
      try namingFile(path) {
        guard file.byteCount > 0 else { throw DataError.Fact.noImages }
        guard file.byteCount % Self.recordBytes == 0 else {
          throw DataError.Fact.partialRecord(
            recordBytes: Self.recordBytes, foundBytes: file.byteCount)
        }
      }
      self.path = path
      self.file = file
      count = file.byteCount / Self.recordBytes
    }

    func labels() throws -> [Int32] {
      try namingFile(path) {
        try file.withBytes { bytes in
          try (0..<count).map { record in
            let label = bytes[record * Self.recordBytes]
            guard label < classes else {
              throw DataError.Fact.labelOutOfRange(
                label: Int64(label), index: record, classes: classes)
            }
            return Int32(label)
          }
        }
      }
    }

    /// Writes `[N, C, H, W]`.
    func copyPixels(to memory: UnsafeMutableRawBufferPointer) {
      file.withBytes { bytes in
        for record in 0..<count {
          let start = record * Self.recordBytes + 1
          let image = record * imageShape.elementCount
          UnsafeMutableRawBufferPointer(rebasing: memory[image...]).copyMemory(
            from: UnsafeRawBufferPointer(
              rebasing: bytes[start..<start + imageShape.elementCount]))
        }
      }
    }
  }

  private static func pixels(of files: [RecordFile]) -> [UInt8] {
    let images = files.map(\.count).reduce(0, +)
    return [UInt8](count: images * imageShape.elementCount) { memory in
      var start = 0
      for file in files {
        file.copyPixels(to: UnsafeMutableRawBufferPointer(rebasing: memory[start...]))
        start += file.count * imageShape.elementCount
      }
    }
  }

  /// One name in each line; the original file ends with an empty one.
  private static func readClassNames(_ path: String) throws -> [String] {
    let text = try MappedFile(path: path).withBytes { String(decoding: $0, as: UTF8.self) }
    let names = text.split(whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    guard names.count == classes else {
      throw DataError(path: path, fact: .wrongClassNames(found: names.count, expected: classes))
    }
    return names
  }
}
