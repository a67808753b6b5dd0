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
  static func load(_ folder: String, names: Set<String>, name: String) throws -> DatasetPair {
    let training = names.compactMap { name in trainingNumber(name).map { ($0, name) } }
      .sorted { $0 < $1 }.map(\.1)
    guard !training.isEmpty else {
      throw DataError(path: folder, fact: .missingFile(names: ["data_batch_1.bin"]))
    }
    guard names.contains(testName) else {
      throw DataError(path: folder, fact: .missingFile(names: [testName]))
    }
    let classNames =
      names.contains(classNamesName)
      ? try readClassNames(folder + "/" + classNamesName) : ClassNames.cifar10
    func dataset(_ names: [String]) throws -> InMemoryDataset {
      var pixels: [UInt8] = []
      var labels: [Int32] = []
      for name in names { try append(folder + "/" + name, &pixels, &labels) }
      return InMemoryDataset(
        name: name, imageShape: imageShape, classNames: classNames, pixels: .uint8(pixels),
        labels: labels)
    }
    return DatasetPair(train: try dataset(training), test: try dataset([testName]))
  }

  /// The number in `data_batch_NUMBER.bin`.
  private static func trainingNumber(_ name: String) -> Int? {
    guard name.hasPrefix("data_batch_"), name.hasSuffix(".bin") else { return nil }
    return Int(name.dropFirst("data_batch_".count).dropLast(".bin".count))
  }

  private static func append(
    _ path: String, _ pixels: inout [UInt8], _ labels: inout [Int32]
  ) throws {
    let file = try MappedFile(path: path)
    try namingFile(path) {
      try file.withBytes { bytes in
        let recordBytes = 1 + imageShape.elementCount
        guard !bytes.isEmpty else { throw DataError.Fact.noImages }
        guard bytes.count % recordBytes == 0 else {
          throw DataError.Fact.partialRecord(recordBytes: recordBytes, foundBytes: bytes.count)
        }
        let count = bytes.count / recordBytes
        pixels.reserveCapacity(pixels.count + count * imageShape.elementCount)
        for record in 0..<count {
          let start = record * recordBytes
          guard bytes[start] < classes else {
            throw DataError.Fact.labelOutOfRange(
              label: Int64(bytes[start]), index: record, classes: classes)
          }
          labels.append(Int32(bytes[start]))
          pixels.append(contentsOf: bytes[start + 1..<start + recordBytes])
        }
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
