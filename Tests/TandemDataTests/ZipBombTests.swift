import Foundation
import TandemData
import TandemTensor
import TestSupport
import Testing

/// Archives that claim a gibibyte in an array that does not fit the others. What follows their
/// headers is no compressed data at all, so an error about the array's shape or type proves that
/// nothing was unpacked, and no memory asked for.
@Suite struct ZipBombTests {
  private static let gibibyte = 1 << 30

  static let bombs: [(array: String, type: String, shape: [Int], message: String)] = [
    (
      "x_train", "|u1", [gibibyte],
      ": x_train has shape [1073741824], expected [N, H, W], [N, H, W, C] or [N, C, H, W]; "
        + "reshape the array"
    ),
    (
      "x_train", "|u1", [gibibyte / 64, 8, 8],
      ": there are 16777216 images but 10 labels in y_train; use files that belong together"
    ),
    (
      "x_train", "|u1", [10, 10_000, 10_737],
      ": training images are [1, 10000, 10737] but test images [1, 8, 8]; "
        + "use files that belong together"
    ),
    (
      "x_test", "<i8", [10, 3664, 3664],
      ": x_test has elements of type int64, expected uint8 (0…255), uint16 (0…65535), bool or "
        + "floating-point numbers; convert it with astype"
    ),
    (
      "y_train", "|u1", [gibibyte],
      ": there are 10 images but 1073741824 labels in y_train; use files that belong together"
    ),
    (
      "y_train", "<f8", [gibibyte / 64, 8],
      ": there are 10 images but 16777216 labels in y_train; use files that belong together"
    ),
    (
      "y_test", "<i4", [10, 30_000_000],
      ": y_test has shape [10, 30000000], expected [N] or [N, 1], or one-hot [N, classes]; "
        + "reshape the array"
    ),
  ]

  @Test(arguments: bombs) func areRefusedByTheirHeaders(
    array: String, type: String, shape: [Int], message expected: String
  ) throws {
    var entries = ["x_train", "y_train", "x_test", "y_test"].map { name in
      UnfinishedArray(name: name, type: "|u1", shape: name.hasPrefix("x") ? [10, 8, 8] : [10])
    }
    let index = try #require(entries.firstIndex { $0.name == array })
    entries[index] = UnfinishedArray(name: array, type: type, shape: shape)
    try withTemporaryFolder { folder in
      let path = folder + "/bomb.npz"
      try write(UnfinishedArray.archive(entries), to: path)
      #expect(message { _ = try DatasetSource.load(path) } == path + expected)
    }
  }

  /// The archives above are such that would be unpacked if nothing spoke against it.
  @Test func wouldOtherwiseBeUnpacked() throws {
    let entries = ["x_train", "y_train", "x_test", "y_test"].map { name in
      UnfinishedArray(name: name, type: "|u1", shape: name.hasPrefix("x") ? [10, 8, 8] : [10])
    }
    try withTemporaryFolder { folder in
      let path = folder + "/good.npz"
      try write(UnfinishedArray.archive(entries), to: path)
      #expect(
        message { _ = try DatasetSource.load(path) }?.contains(
          "array \"y_train\": the data are damaged") == true)
    }
  }

  /// A disk's worth of holes that claims to be images: more than the machine has memory.
  @Test(
    .enabled(
      if: ProcessInfo.processInfo.physicalMemory < 1 << 39, "this machine has too much memory"))
  func filesAreComparedWithTheMemoryThereIs() throws {
    try withTemporaryFolder { folder in
      try MNISTFolderTests.writeSmallSet(to: folder)
      let count = 1 << 30
      for (name, extents) in [
        (MNISTFolderTests.names[0], [count, 32, 32]), (MNISTFolderTests.names[1], [count]),
        (MNISTFolderTests.names[2], [2, 32, 32]),
      ] {
        let header = MNISTFolderTests.idx(extents.map { UInt32($0) }, [])
        let path = "\(folder)/\(name)"
        try write(header, to: path)
        let size = header.count + extents.reduce(1, *)
        guard truncate(path, off_t(size)) == 0 else {
          print("skipped: no file of \(size) bytes can be made in the temporary folder")
          return
        }
      }
      let error = message { _ = try DatasetSource.load(folder) }
      let start = "no memory for the images of \(folder): 1053697 MiB are needed and "
      #expect(error?.hasPrefix(start) == true, "\(error ?? "")")
      #expect(error?.hasSuffix("use a smaller file") == true, "\(error ?? "")")
    }
  }

  /// The labels of an IDX data set, compressed, claim a gibibyte.
  @Test func compressedLabelsAreComparedWithTheImagesFirst() throws {
    try withTemporaryFolder { folder in
      try MNISTFolderTests.writeSmallSet(to: folder)
      let labels = "\(folder)/\(MNISTFolderTests.names[1])"
      let start = gzipMember(MNISTFolderTests.idx([UInt32(Self.gibibyte)], [9, 0, 4]))
      try write(start.dropLast(8) + [UInt8](repeating: 0xFF, count: 1_100_000), to: labels)
      #expect(
        message { _ = try DatasetSource.load(folder) }
          == "\(folder)/\(MNISTFolderTests.names[0]): there are 3 images but 1073741824 labels in "
          + "\(labels); use files that belong together")
    }
  }
}
