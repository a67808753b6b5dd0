import Foundation
import TandemData
import TandemTensor
import TestSupport
import Testing

@Suite struct CIFAR10FolderTests {
  /// Records of one label and 3072 pixels; all pixels of channel c are 80 c + label.
  private static func records(_ labels: [UInt8]) -> [UInt8] {
    labels.flatMap { label in
      [label]
        + (0..<3).flatMap { channel in Array(repeating: UInt8(80 * channel) + label, count: 1024) }
    }
  }

  private static func writeSmallSet(to folder: String) throws {
    try write(records([7, 1]), to: folder + "/data_batch_1.bin")
    try write(records([3]), to: folder + "/data_batch_2.bin")
    try write(records([5]), to: folder + "/data_batch_10.bin")
    try write(records([9, 0]), to: folder + "/test_batch.bin")
  }

  @Test func readsAllBatchesInTheOrderOfTheirNumbers() throws {
    try withTemporaryFolder { folder in
      try Self.writeSmallSet(to: folder)
      let data = try DatasetSource.load(folder)
      #expect(data.train.imageShape == [3, 32, 32])
      #expect(labels(of: data.train) == [7, 1, 3, 5])
      #expect(labels(of: data.test) == [9, 0])
      #expect(data.train.classNames[3] == "cat")
      let pixels = try image(3, of: data.train)
      #expect(pixels[0..<1024].allSatisfy { $0 == 5 })
      #expect(pixels[1024..<2048].allSatisfy { $0 == 85 })
      #expect(pixels[2048..<3072].allSatisfy { $0 == 165 })
    }
  }

  /// The system lists a folder in any order, and this order decides what the network sees when.
  @Test func equalNumbersAreInTheOrderOfTheirNames() throws {
    try withTemporaryFolder { folder in
      try Self.writeSmallSet(to: folder)
      try write(Self.records([4]), to: folder + "/data_batch_01.bin")
      try write(Self.records([8]), to: folder + "/data_batch_001.bin")
      let data = try DatasetSource.load(folder)
      #expect(labels(of: data.train) == [8, 4, 7, 1, 3, 5])
    }
  }

  @Test func readsClassNames() throws {
    try withTemporaryFolder { folder in
      try Self.writeSmallSet(to: folder)
      let path = folder + "/batches.meta.txt"
      try write(Array("a\nb\nc\nd\ne\nf\ng\nh\ni\nj k\r\n\n".utf8), to: path)
      #expect(
        try DatasetSource.load(folder).train.classNames
          == ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j k"])
      try write(Array("a\nb\n".utf8), to: path)
      #expect(
        message { _ = try DatasetSource.load(folder) }
          == "\(path): there are names for 2 classes instead of 10; fetch the file again")
    }
  }

  static let malformed: [(contents: [UInt8], message: String)] = [
    ([], "there are no images; use a data set with at least one"),
    (
      Array(records([1, 2]).dropLast()),
      "6145 bytes are no whole number of records of 3073 bytes; "
        + "the file is cut off or of another format, fetch it again"
    ),
    (
      records([1, 10]),
      "label 10 of image 1 is not in 0…9; correct the label or fetch the file again"
    ),
  ]

  @Test(arguments: malformed) func refuses(contents: [UInt8], message expected: String) throws {
    try withTemporaryFolder { folder in
      try Self.writeSmallSet(to: folder)
      let path = folder + "/data_batch_2.bin"
      try write(contents, to: path)
      #expect(message { _ = try DatasetSource.load(folder) } == "\(path): \(expected)")
    }
  }

  /// As macOS' Archive Utility leaves them.
  @Test func findsFilesInsideFoldersThatAreNamedLikeThem() throws {
    try withTemporaryFolder { folder in
      try Self.writeSmallSet(to: folder)
      for name in ["data_batch_2.bin", "test_batch.bin"] {
        let path = folder + "/" + name
        let contents = try bytes(of: path)
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try write(contents, to: path + "/" + name)
      }
      let data = try DatasetSource.load(folder)
      #expect(labels(of: data.train) == [7, 1, 3, 5])
      #expect(labels(of: data.test) == [9, 0])
    }
  }

  @Test func namesMissingFiles() throws {
    try withTemporaryFolder { folder in
      try write(Self.records([1]), to: folder + "/test_batch.bin")
      #expect(
        message { _ = try DatasetSource.load(folder) }
          == "\(folder): data_batch_1.bin is missing; complete the folder")
    }
    try withTemporaryFolder { folder in
      try write(Self.records([1]), to: folder + "/data_batch_4.bin")
      #expect(
        message { _ = try DatasetSource.load(folder) }
          == "\(folder): test_batch.bin is missing; complete the folder")
    }
  }
}
