import Foundation
import TandemData
import TestSupport
import Testing

@Suite struct DatasetSourceTests {
  private let kinds =
    "mnist, fashion-mnist, cifar-10 or cifar-100 (fetched once), a folder with MNIST's IDX files (train-images-idx3-ubyte, plain or .gz, and so on), a folder "
    + "with CIFAR-10's data_batch_*.bin, a folder or .npz file with x_train, y_train, x_test and "
    + "y_test, a folder of pictures (train/CLASS/..., val/CLASS/...), or the built-in generator (shapes, or shapes:TRAIN,TEST)"

  @Test(arguments: ["/nonexistent", "/dev/null/x", ""]) func saysWhatIsPossible(path: String) {
    #expect(
      message { _ = try DatasetSource.load(path) }
        == "\(path): there is no such file or folder; name \(kinds)")
  }

  @Test func recognisesNothingInAnEmptyFolderOrAnotherFile() throws {
    try withTemporaryFolder { folder in
      #expect(
        message { _ = try DatasetSource.load(folder) }
          == "\(folder): no data set was recognised here; name \(kinds)")
      let path = folder + "/notes.txt"
      try write([], to: path)
      #expect(
        message { _ = try DatasetSource.load(path) }
          == "\(path): no data set was recognised here; name \(kinds)")
    }
  }

  @Test func saysThatAnArchiveIsNone() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/set.npz"
      try write([1, 2, 3], to: path)
      #expect(
        message { _ = try DatasetSource.load(path) }
          == "\(path): this is not a .npz archive (not a zip archive); "
          + "write it with numpy.savez, or copy it again")
    }
  }

  @Test func limitsBothParts() throws {
    let data = try DatasetSource.load("shapes:30,20").limited(train: 7, test: 100)
    #expect(data.train.count == 7 && data.test.count == 20)
  }
}
