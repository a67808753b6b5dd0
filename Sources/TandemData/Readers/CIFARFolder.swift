import Foundation
import TandemTensor

/// Reads a folder with the binary version of CIFAR-10 or CIFAR-100: records of label bytes and 3072
/// pixels, red, green, blue, each 32×32. https://www.cs.toronto.edu/~kriz/cifar.html
struct CIFARFolder {
  private static let imageShape: Shape = [3, 32, 32]

  /// Which of the two is in the folder.
  let format: CIFARFormat
  /// Which of the labels are read.
  let labels: CIFARFormat.Labels

  /// nil if there is neither of them. Both in one folder are read as CIFAR-10.
  init?(among names: Set<String>, coarse isCoarse: Bool = false) {
    guard let format = CIFARFormat.all.first(where: { $0.isRecognised(among: names) }),
      let labels = isCoarse ? format.coarse : format.fine
    else { return nil }
    self.format = format
    self.labels = labels
  }

  /// - Throws: `FileError` or `DataError`.
  func load(_ contents: FolderContents, name: String) throws -> DatasetPair {
    let imageShape = Self.imageShape
    let training = format.trainingFiles(among: contents.names)
    guard !training.isEmpty else {
      throw DataError(path: contents.path, fact: .missingFile(names: [format.firstTrainingName]))
    }
    guard let test = try contents.file(named: [format.testName]) else {
      throw DataError(path: contents.path, fact: .missingFile(names: [format.testName]))
    }
    let classNames =
      try contents.file(named: [labels.namesName]).map(readClassNames) ?? labels.defaultNames
    let parts = [try training.compactMap { try contents.file(named: [$0]) }, [test]]
    let files = try parts.map { try $0.map { try RecordFile(path: $0, format, labels) } }
    let images = files.joined().map(\.count).reduce(0, +)
    try MemoryLimits.require(
      bytes: images * (imageShape.elementCount + MemoryLayout<Int32>.size),
      purpose: "images of \(contents.path)")
    let datasets = try files.map { files in
      InMemoryDataset(
        name: name, imageShape: imageShape, classNames: classNames,
        pixels: .uint8(Self.pixels(of: files)), labels: try files.flatMap { try $0.labels() })
    }
    return DatasetPair(train: datasets[0], test: datasets[1])
  }

  /// A file that is a whole number of records.
  private struct RecordFile {
    let path: String
    let count: Int
    private let format: CIFARFormat
    private let labelKind: CIFARFormat.Labels
    private let file: MappedFile

    private var recordBytes: Int { format.labelBytes + imageShape.elementCount }

    init(path: String, _ format: CIFARFormat, _ labels: CIFARFormat.Labels) throws {
      let recordBytes = format.labelBytes + imageShape.elementCount
      let file = try MappedFile(path: path)
      try namingFile(path) {
        guard file.byteCount > 0 else { throw DataError.Fact.noImages }
        guard file.byteCount % recordBytes == 0 else {
          throw DataError.Fact.partialRecord(
            recordBytes: recordBytes, foundBytes: file.byteCount)
        }
      }
      self.path = path
      self.format = format
      labelKind = labels
      self.file = file
      count = file.byteCount / recordBytes
    }

    func labels() throws -> [Int32] {
      try namingFile(path) {
        try file.withBytes { bytes in
          try (0..<count).map { record in
            let label = bytes[record * recordBytes + labelKind.place]
            guard label < labelKind.classes else {
              throw DataError.Fact.labelOutOfRange(
                label: Int64(label), index: record, classes: labelKind.classes)
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
          let start = record * recordBytes + format.labelBytes
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
  private func readClassNames(_ path: String) throws -> [String] {
    let text = try MappedFile(path: path).withBytes { String(decoding: $0, as: UTF8.self) }
    let names = text.split(whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    guard names.count == labels.classes else {
      throw DataError(
        path: path, fact: .wrongClassNames(found: names.count, expected: labels.classes))
    }
    return names
  }
}
