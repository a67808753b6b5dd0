import Foundation
import TandemData
import TandemTensor
import TestSupport
import Testing

@Suite struct MNISTFolderTests {
  static let names = [
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
  ]

  static func idx(_ extents: [UInt32], _ elements: [UInt8]) -> [UInt8] {
    [0, 0, 8, UInt8(extents.count)]
      + extents.flatMap { extent in
        (0..<4).map { UInt8(truncatingIfNeeded: extent >> (24 - 8 * $0)) }
      }
      + elements
  }

  /// Three training and two test images of 2×3 pixels.
  static func writeSmallSet(to folder: String) throws {
    let pixels = (0..<18).map { UInt8($0 * 14) }
    try write(idx([3, 2, 3], pixels), to: "\(folder)/\(names[0])")
    try write(idx([3], [9, 0, 4]), to: "\(folder)/\(names[1])")
    try write(idx([2, 2, 3], Array(pixels.reversed().prefix(12))), to: "\(folder)/\(names[2])")
    try write(idx([2], [1, 2]), to: "\(folder)/\(names[3])")
  }

  @Test func readsPlainFiles() throws {
    try withTemporaryFolder(named: "digits") { folder in
      try Self.writeSmallSet(to: folder)
      let data = try DatasetSource.load(folder)
      #expect(data.train.name == "digits")
      #expect(data.train.imageShape == [1, 2, 3])
      #expect(data.train.classNames == ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"])
      #expect(labels(of: data.train) == [9, 0, 4])
      #expect(labels(of: data.test) == [1, 2])
      #expect(try image(1, of: data.train) == [84, 98, 112, 126, 140, 154])
      #expect(try image(0, of: data.test) == [238, 224, 210, 196, 182, 168])
    }
  }

  @Test func readsCompressedFiles() throws {
    let data = try DatasetSource.load(fixture("mnist"))
    #expect(data.train.imageShape == [1, 5, 4])
    #expect(data.train.count == 30 && data.test.count == 6)
    for index in 0..<30 {
      #expect(data.train.label(index) == Int32(3 * index % 10))
      let expected = (0..<5).flatMap { row in
        (0..<4).map { column in Float((31 * index + 7 * row + 3 * column) % 256) }
      }
      #expect(try image(index, of: data.train) == expected)
    }
  }

  @Test func acceptsOtherSpellingsAndDecompressedFilesThatKeptTheirName() throws {
    try withTemporaryFolder { folder in
      try Self.writeSmallSet(to: folder)
      try FileManager.default.moveItem(
        atPath: "\(folder)/\(Self.names[0])", toPath: "\(folder)/train-images.idx3-ubyte")
      try FileManager.default.moveItem(
        atPath: "\(folder)/\(Self.names[1])", toPath: "\(folder)/\(Self.names[1]).gz")
      #expect(try DatasetSource.load(folder).train.count == 3)
    }
  }

  @Test func knowsTheClassesOfFashionMNIST() throws {
    try withTemporaryFolder(named: "Fashion-MNIST") { folder in
      try Self.writeSmallSet(to: folder)
      let names = try DatasetSource.load(folder + "/").train.classNames
      #expect(names[0] == "T-shirt/top" && names[9] == "Ankle boot")
    }
  }

  /// As `cat a.gz b.gz > c.gz` makes them.
  @Test func readsJoinedGzipFiles() throws {
    try withTemporaryFolder { folder in
      try Self.writeSmallSet(to: folder)
      let whole = Self.idx([3], [9, 0, 4])
      let joined = gzipMember(Array(whole[..<5])) + gzipMember([]) + gzipMember(Array(whole[5...]))
      try write(joined, to: "\(folder)/\(Self.names[1])")
      #expect(labels(of: try DatasetSource.load(folder).train) == [9, 0, 4])
    }
  }

  /// Tapes and programs for copying fill up their last block with zeros, which gzip passes over.
  @Test(arguments: [1, 511, 100_000]) func readsGzipFilesFilledUpWithZeros(zeros: Int) throws {
    try withTemporaryFolder { folder in
      try Self.writeSmallSet(to: folder)
      let end = [UInt8](repeating: 0, count: zeros)
      try write(gzipMember(Self.idx([3], [9, 0, 4])) + end, to: "\(folder)/\(Self.names[1])")
      #expect(labels(of: try DatasetSource.load(folder).train) == [9, 0, 4])
      // Two tapes read one after the other.
      let whole = Self.idx([3], [9, 0, 4])
      try write(
        gzipMember(Array(whole[..<5])) + end + gzipMember(Array(whole[5...])) + end,
        to: "\(folder)/\(Self.names[1])")
      #expect(labels(of: try DatasetSource.load(folder).train) == [9, 0, 4])
    }
  }

  @Test func refusesMoreDataThanAnnouncedInCompressedFiles() throws {
    try withTemporaryFolder { folder in
      try Self.writeSmallSet(to: folder)
      try write(gzipMember(Self.idx([3], [9, 0, 4, 4])), to: "\(folder)/\(Self.names[1])")
      #expect(
        message { _ = try DatasetSource.load(folder) }
          == "\(folder)/\(Self.names[1]): there is more after the 3 bytes of data that the header "
          + "claims; fetch it again")
    }
  }

  /// A file with other contents in the small set, and what must be said of it.
  static let malformed: [(file: Int, contents: [UInt8], message: String)] = [
    (0, [], "the header needs 16 bytes but there are 0; the file is cut off, fetch it again"),
    (
      0, [0, 0, 8, 3, 0, 0, 0, 1],
      "the header needs 16 bytes but there are 8; the file is cut off, fetch it again"
    ),
    (
      0, idx([3], [1, 2, 3]),
      "the file starts with 0x00000801 instead of 0x00000803; it is no such IDX file, "
        + "fetch it again"
    ),
    (
      1, [0, 0, 9, 1, 0, 0, 0, 3, 1, 2, 3],
      "the file starts with 0x00000901 instead of 0x00000801; it is no such IDX file, "
        + "fetch it again"
    ),
    (
      0, idx([3, 2, 3], Array(repeating: 1, count: 17)),
      "the header claims 18 bytes of data but there are 17; the file is cut off, fetch it again"
    ),
    (
      0, idx([3, 2, 3], Array(repeating: 1, count: 19)),
      "there is more after the 18 bytes of data that the header claims; fetch it again"
    ),
    (
      0, idx([.max, .max, .max], [1, 2, 3]),
      "the header claims 9223372036854775807 bytes of data but there are 3; "
        + "the file is cut off, fetch it again"
    ),
    (0, idx([0, 2, 3], []), "there are no images; use a data set with at least one"),
    (0, idx([3, 0, 3], []), "images of shape [1, 0, 3] have no pixels; fetch the file again"),
    (
      1, idx([3], [9, 200, 4]),
      "label 200 of image 1 makes 201 classes, but only 5 occur; number the classes 0, 1, 2 and so on"
    ),
  ]

  @Test(arguments: malformed) func refuses(file: Int, contents: [UInt8], message expected: String)
    throws
  {
    try withTemporaryFolder { folder in
      try Self.writeSmallSet(to: folder)
      let path = "\(folder)/\(Self.names[file])"
      try write(contents, to: path)
      #expect(message { _ = try DatasetSource.load(folder) } == "\(path): \(expected)")
    }
  }

  @Test func refusesCountsThatDiffer() throws {
    try withTemporaryFolder { folder in
      try Self.writeSmallSet(to: folder)
      try write(Self.idx([2], [1, 2]), to: "\(folder)/\(Self.names[1])")
      #expect(
        message { _ = try DatasetSource.load(folder) }
          == "\(folder)/\(Self.names[0]): there are 3 images but 2 labels in "
          + "\(folder)/\(Self.names[1]); use files that belong together")
    }
  }

  @Test func refusesImagesOfDifferentShapes() throws {
    try withTemporaryFolder { folder in
      try Self.writeSmallSet(to: folder)
      let test = Self.idx([2, 1, 6], Array(repeating: 7, count: 12))
      try write(test, to: "\(folder)/\(Self.names[2])")
      #expect(
        message { _ = try DatasetSource.load(folder) }
          == "\(folder): training images are [1, 2, 3] but test images [1, 1, 6]; "
          + "use files that belong together")
    }
  }

  @Test(arguments: names) func namesAMissingFile(name: String) throws {
    try withTemporaryFolder { folder in
      try Self.writeSmallSet(to: folder)
      try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
      #expect(
        message { _ = try DatasetSource.load(folder) }
          == "\(folder): \(name) or \(name).gz is missing; complete the folder")
    }
  }

  /// A compressed file of a few hundred bytes whose header claims 2³² − 1 images.
  @Test func refusesCompressedFilesThatClaimTooMuch() throws {
    try withTemporaryFolder { folder in
      try Self.writeSmallSet(to: folder)
      let contents = gzipMember(Self.idx([0xFFFF_FFFF, 28, 28], []))
      try write(contents, to: "\(folder)/\(Self.names[0])")
      #expect(
        message { _ = try DatasetSource.load(folder) }
          == "\(folder)/\(Self.names[0]): the header claims 3367254359280 bytes of data but at most "
          + "40232 are possible; fetch it again")
    }
  }

  @Test func refusesDamagedCompressedFiles() throws {
    let original = try bytes(of: fixture("mnist/train-images-idx3-ubyte.gz"))
    try withTemporaryFolder { folder in
      for name in Self.names {
        try FileManager.default.copyItem(
          atPath: fixture("mnist/\(name).gz"), toPath: "\(folder)/\(name).gz")
      }
      let path = "\(folder)/\(Self.names[0]).gz"
      func error(_ contents: [UInt8]) throws -> String? {
        try write(contents, to: path)
        return message { _ = try DatasetSource.load(folder) }
      }
      let prefix = "\(path): the compressed data are damaged at byte "
      #expect(
        try error(Array(original.dropLast(20))) == prefix
          + "\(original.count - 20) (the file is cut off); fetch the file again")
      for (garbage, offset) in [([1], 0), ([0, 0, 1], 2), ([0x1F, 0], 0)] as [([UInt8], Int)] {
        #expect(
          try error(original + garbage) == prefix
            + "\(original.count + offset) (something follows the end); fetch the file again")
      }
      var checksum = original
      checksum[original.count - 8] ^= 1
      #expect(
        try error(checksum)?.hasSuffix("(incorrect data check); fetch the file again") == true)
    }
  }

  @Test(arguments: [".gz", ""]) func survivesDamage(suffix: String) throws {
    try withTemporaryFolder { folder in
      try Self.writeSmallSet(to: folder)
      let path = "\(folder)/\(Self.names[0])"
      let original =
        suffix.isEmpty
        ? try bytes(of: path) : try bytes(of: fixture("mnist/train-images-idx3-ubyte.gz"))
      try FileManager.default.removeItem(atPath: path)
      for copy in damagedCopies(of: original, truncations: 200, mutations: 2000) {
        try write(copy, to: path + suffix)
        let error = message { _ = try DatasetSource.load(folder) }
        if copy.count < original.count { #expect(error != nil) }
        #expect(error?.contains("\n") != true)
      }
    }
  }
}
