import Foundation
import TandemTensor

/// Finds out what kind of data set a user means, and reads it.
public enum DatasetSource {
  /// Reads the data set that `specification` names:
  ///
  /// - `shapes`, `shapes:TRAIN,TEST` or `shapes:TRAIN,TEST,SEED`: the built-in generator;
  /// - a folder with the IDX files of MNIST or Fashion-MNIST, plain or `.gz`;
  /// - a folder with `data_batch_*.bin` and `test_batch.bin` of CIFAR-10;
  /// - a `.npz` file with `x_train`, `y_train`, `x_test` and `y_test`, or a folder with these four
  ///   as `.npy` files.
  ///
  /// - Throws: `DataError`, `FileError` or `NumPyError`, each with a message of one line.
  public static func load(_ specification: String) throws -> DatasetPair {
    if specification == "shapes" || specification.hasPrefix("shapes:") {
      return try ShapesGenerator.load(specification)
    }
    let name = URL(fileURLWithPath: specification).standardizedFileURL.lastPathComponent
    var status = stat()
    guard stat(specification, &status) == 0 else {
      guard errno == ENOENT || errno == ENOTDIR else {
        throw FileError.cannotRead(path: specification, code: errno)
      }
      throw DataError(path: specification, fact: .notFound)
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      return try loadFile(specification, name: name)
    }
    return try loadFolder(specification, name: name)
  }

  private static func loadFile(_ path: String, name: String) throws -> DatasetPair {
    let isArchive = try MappedFile(path: path).withBytes { $0.starts(with: [0x50, 0x4B]) }
    guard isArchive || path.lowercased().hasSuffix(".npz") else {
      throw DataError(path: path, fact: .notRecognised)
    }
    return try KerasArrays.load(archive: path, name: name)
  }

  private static func loadFolder(_ path: String, name: String) throws -> DatasetPair {
    guard let folder = opendir(path) else { throw FileError.cannotRead(path: path, code: errno) }
    closedir(folder)
    let names = Set(try FileManager.default.contentsOfDirectory(atPath: path))
    if MNISTFolder.isRecognised(among: names) {
      return try MNISTFolder.load(path, names: names, name: name)
    }
    if CIFAR10Folder.isRecognised(among: names) {
      return try CIFAR10Folder.load(path, names: names, name: name)
    }
    if KerasArrays.isRecognised(among: names) {
      return try KerasArrays.load(folder: path, name: name)
    }
    throw DataError(path: path, fact: .notRecognised)
  }
}
