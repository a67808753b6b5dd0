import Foundation
import TandemTensor

/// Finds out what kind of data set a user means, and reads it.
public enum DatasetSource {
  /// Reads the data set that `specification` names:
  ///
  /// - `shapes`, `shapes:TRAIN,TEST` or `shapes:TRAIN,TEST,SEED`: the built-in generator;
  /// - a folder with the IDX files of MNIST or of a data set in its format, plain or `.gz`; where the
  ///   folder holds several of them, as EMNIST's does, the folder and what the names of one's files
  ///   start with: `emnist/emnist-letters`;
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
    guard let status = FileSystem.status(specification) else {
      guard errno == ENOENT || errno == ENOTDIR else {
        throw FileError.cannotRead(path: specification, code: errno)
      }
      guard let files = filesThatStart(with: specification) else {
        throw DataError(path: specification, fact: .notFound)
      }
      return try files.load()
    }
    guard status.isFolder else {
      return try loadFile(specification, name: name)
    }
    return try loadFolder(specification, name: name)
  }

  private static func loadFile(_ path: String, name: String) throws -> DatasetPair {
    let isArchive = try RegularFile(path: path).prefix(2) == [0x50, 0x4B]
    guard isArchive || path.lowercased().hasSuffix(".npz") else {
      throw DataError(path: path, fact: .notRecognised)
    }
    return try KerasArrays.load(archive: path, name: name)
  }

  private static func loadFolder(_ path: String, name: String) throws -> DatasetPair {
    let contents = try FolderContents(path: path)
    if let files = try MNISTFolder(contents: contents, name: name) { return try files.load() }
    if CIFAR10Folder.isRecognised(among: contents.names) {
      return try CIFAR10Folder.load(contents, name: name)
    }
    if KerasArrays.isRecognised(among: contents.names) {
      return try KerasArrays.load(contents, name: name)
    }
    let inside = contents.folders.filter { isRecognised(path + "/" + $0) }
    throw DataError(
      path: path, fact: inside.isEmpty ? .notRecognised : .recognisedInside(folders: inside))
  }

  private static func isRecognised(_ folder: String) -> Bool {
    guard let contents = try? FolderContents(path: folder) else { return false }
    return !MNISTFolder.dataSets(in: contents).isEmpty
      || CIFAR10Folder.isRecognised(among: contents.names)
      || KerasArrays.isRecognised(among: contents.names)
  }

  /// `emnist/emnist-letters` for the files `emnist-letters-…` in the folder `emnist`.
  private static func filesThatStart(with path: String) -> MNISTFolder? {
    let folder = FileSystem.folderPrefix(of: path)
    let start = FileSystem.name(of: path)
    guard !start.isEmpty,
      let contents = try? FolderContents(path: folder.isEmpty ? "." : folder),
      MNISTFolder.dataSets(in: contents).contains(start)
    else { return nil }
    return MNISTFolder(contents: contents, dataSet: start, name: start)
  }
}
