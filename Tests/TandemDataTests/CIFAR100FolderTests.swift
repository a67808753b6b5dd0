import Foundation
import TandemData
import TestSupport
import Testing

@Suite struct CIFAR100FolderTests {
  /// Records of a coarse label, a fine one and 3072 pixels, all of them 2 · fine.
  private static func records(_ labels: [(coarse: UInt8, fine: UInt8)]) -> [UInt8] {
    labels.flatMap { [$0.coarse, $0.fine] + Array(repeating: 2 * $0.fine, count: 3072) }
  }

  private static func writeSmallSet(to folder: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try write(records([(3, 99), (19, 0), (0, 42)]), to: folder + "/train.bin")
    try write(records([(7, 8)]), to: folder + "/test.bin")
  }

  @Test func readsFineAndCoarseLabels() throws {
    try withTemporaryFolder(named: "cifar-100-binary") { folder in
      try Self.writeSmallSet(to: folder)
      let fine = try DatasetSource.load(folder)
      #expect(fine.train.imageShape == [3, 32, 32])
      #expect(labels(of: fine.train) == [99, 0, 42] && labels(of: fine.test) == [8])
      #expect(fine.train.classNames.count == 100)
      #expect(try image(0, of: fine.train).allSatisfy { $0 == 198 })
      let coarse = try DatasetSource.load(folder + ":coarse")
      #expect(labels(of: coarse.train) == [3, 19, 0] && labels(of: coarse.test) == [7])
      #expect(coarse.train.classNames.count == 20)
      #expect(try image(2, of: coarse.train).allSatisfy { $0 == 84 })
      #expect(coarse.train.name == "cifar-100-binary:coarse")
      #expect(try fine.train.fingerprint() != coarse.train.fingerprint())
    }
  }

  @Test func readsClassNames() throws {
    try withTemporaryFolder { folder in
      try Self.writeSmallSet(to: folder)
      let names = (0..<20).map { "group \($0)" }
      try write(Array(names.joined(separator: "\n").utf8), to: folder + "/coarse_label_names.txt")
      #expect(try DatasetSource.load(folder + ":coarse").train.classNames == names)
      #expect(try DatasetSource.load(folder).train.classNames[7] == "7")
    }
  }

  @Test func refusesWhatIsWrong() throws {
    try withTemporaryFolder { folder in
      try Self.writeSmallSet(to: folder)
      try write(Self.records([(20, 1)]), to: folder + "/test.bin")
      #expect(throws: Never.self) { try DatasetSource.load(folder) }
      #expect(
        message { _ = try DatasetSource.load(folder + ":coarse") }?.contains(
          "label 20 of image 0 is not in 0…19") == true)
      try write(Array(Self.records([(1, 1)]).dropLast()), to: folder + "/test.bin")
      #expect(
        message { _ = try DatasetSource.load(folder) }?.contains(
          "3073 bytes are no whole number of records of 3074 bytes") == true)
    }
  }

  @Test func onlyCIFAR100HasCoarseLabels() throws {
    try withTemporaryFolder { folder in
      try write([UInt8](repeating: 0, count: 3073), to: folder + "/data_batch_1.bin")
      #expect(
        message { _ = try DatasetSource.load(folder + ":coarse") }
          == "\(folder): there are no coarse labels, which only CIFAR-100 has (cifar-100-binary); "
          + "leave out :coarse")
    }
  }

  /// As torchvision and archives lay them out, inside of the folder that is named.
  @Test func layoutsOfOthers() throws {
    try withTemporaryFolder(named: "all") { folder in
      try Self.writeSmallSet(to: folder + "/cifar-100-binary")
      #expect(try DatasetSource.load(folder).train.name == "cifar-100")
      #expect(try DatasetSource.load(folder + ":coarse").train.name == "cifar-100:coarse")
      // Two of them: which one is meant must be said.
      try FileManager.default.createDirectory(
        atPath: folder + "/FashionMNIST/raw", withIntermediateDirectories: true)
      #expect(throws: (any Error).self) { try DatasetSource.load(folder) }
      try FileManager.default.removeItem(atPath: folder + "/cifar-100-binary")
      try MNISTFolderTests.writeSmallSet(to: folder + "/FashionMNIST/raw")
      #expect(try DatasetSource.load(folder).train.name == "FashionMNIST")
      #expect(try DatasetSource.load(folder + "/FashionMNIST").train.name == "FashionMNIST")
    }
  }

  @Test func pythonsVersionIsRefused() throws {
    try withTemporaryFolder { folder in
      for name in ["batches.meta", "data_batch_1", "test_batch"] {
        try write([0x80, 2], to: folder + "/" + name)
      }
      #expect(
        message { _ = try DatasetSource.load(folder) }?.contains(
          "this is CIFAR's version for Python, whose files can run code") == true)
    }
  }
}
