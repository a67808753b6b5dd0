import Foundation
import TandemTensor

/// Finds out what kind of data set a user means, and reads it.
public enum DatasetSource {
  /// Reads the data set that `specification` names:
  ///
  /// - `shapes`, `shapes:TRAIN,TEST` or `shapes:TRAIN,TEST,SEED`: the built-in generator;
  /// - a folder with the IDX files of MNIST or of a data set in its format, plain or `.gz`; where
  ///   the folder holds several of them, as EMNIST's does, the folder and what the names of one's
  ///   files start with: `emnist/emnist-letters`;
  /// - a folder with `data_batch_*.bin` and `test_batch.bin` of CIFAR-10, or with `train.bin` and
  ///   `test.bin` of CIFAR-100; with `:coarse` behind its name CIFAR-100 has its 20 coarse classes;
  /// - folders that hold one of these as torchvision and the published archives lay them out:
  ///   `MNIST/raw`, `cifar-10-batches-bin`;
  /// - where there is no such file or folder, the name of a `NamedDataSet`, `cifar-10`: it is
  ///   fetched into the user's cache, once;
  /// - a `.npz` file with `x_train`, `y_train`, `x_test` and `y_test`, or a folder with these four
  ///   as `.npy` files;
  /// - a folder of pictures, a table of them (`.csv`) or an archive of them (`.tar`), if all have
  ///   the same size and are as small as the images of the other data sets; see `open` for all
  ///   others.
  ///
  /// - Throws: `DataError`, `FetchError`, `PictureFolderError`, `FileError` or `NumPyError`, each
  ///   with a message of one line.
  public static func load(_ specification: String) throws -> DatasetPair {
    switch try Self.open(specification) {
    case .images(let pair): return pair
    case .pictures(let parts):
      guard let size = parts.thumbnailSize else {
        throw DataError(path: specification, fact: .picturesOfSeveralSizes)
      }
      return try parts.datasets(
        PictureRecipe(imageShape: [parts.areGrey ? 1 : 3, size.height, size.width]))
    }
  }

  /// Recognises the same data sets, and lists the pictures of those that are folders, tables or
  /// archives of pictures:
  ///
  /// - a folder with `train/CLASS/…` and `val/` or `test/`, or with a folder for each class; files
  ///   named after their class, `cat.0.jpg`, in their place; `train.csv` and `val.csv` or
  ///   `test.csv`, or tar archives in WebDataset's layout whose names say what they are for;
  /// - a `.csv` file with paths and labels;
  /// - one such `.tar` file.
  ///
  /// - Parameter note: told what is fetched, in one line each.
  /// - Throws: as `load`.
  public static func open(
    _ specification: String, use: PictureFolder.Use = .training,
    pictures options: PictureOptions = PictureOptions(), note: (String) -> Void = { _ in }
  ) throws -> OpenedData {
    if specification == "shapes" || specification.hasPrefix("shapes:") {
      return .images(try ShapesGenerator.load(specification))
    }
    guard let status = FileSystem.status(specification) else {
      guard errno == ENOENT || errno == ENOTDIR else {
        throw FileError.cannotRead(path: specification, code: errno)
      }
      if specification.hasSuffix(coarseEnding) {
        return .images(
          try loadCoarse(String(specification.dropLast(coarseEnding.count)), note: note))
      }
      if let dataSet = NamedDataSet.named(specification) {
        return .images(try loadFolder(fetch(dataSet, note: note), name: dataSet.name))
      }
      guard let files = filesThatStart(with: specification) else {
        throw DataError(path: specification, fact: .notFound)
      }
      return .images(try files.load())
    }
    let name = name(of: specification)
    if status.isFolder, let (folder, name) = try KnownLayout.inner(of: specification, name: name) {
      return .images(try loadFolder(folder, name: name))
    }
    if let folder = try pictureFolder(specification, name: name, isFolder: status.isFolder) {
      return .pictures(try folder.open(use, options))
    }
    return .images(
      status.isFolder
        ? try loadFolder(specification, name: name) : try loadFile(specification, name: name))
  }

  private static func name(of path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.lastPathComponent
  }

  // MARK: Data sets by name

  private static let coarseEnding = ":coarse"

  private static func fetch(
    _ dataSet: NamedDataSet, note: (String) -> Void
  ) throws -> String {
    try DataCache.ofUser(for: dataSet).fetch(dataSet, note: note)
  }

  /// CIFAR-100, a folder or the name, with its coarse classes.
  private static func loadCoarse(_ path: String, note: (String) -> Void) throws -> DatasetPair {
    var (folder, name) = (path, name(of: path))
    if !FileSystem.exists(path), let dataSet = NamedDataSet.named(path) {
      (folder, name) = (try fetch(dataSet, note: note), dataSet.name)
    } else if let inner = try KnownLayout.inner(of: path, name: name) {
      (folder, name) = inner
    }
    let contents = try FolderContents(path: folder)
    guard let files = CIFARFolder(among: contents.names, coarse: true) else {
      throw DataError(path: path, fact: .noCoarseLabels)
    }
    return try files.load(contents, name: name + coarseEnding)
  }

  /// nil for what is something else than pictures.
  private static func pictureFolder(
    _ path: String, name: String, isFolder: Bool
  ) throws -> PictureFolder? {
    guard isFolder else {
      let ending = path.lowercased()
      if ending.hasSuffix(".csv") { return try PictureFolder(table: path, name: name) }
      return ending.hasSuffix(".tar") ? PictureFolder(shard: path, name: name) : nil
    }
    let contents = try FolderContents(path: path)
    // Folders of data sets may hold any other files besides.
    if holdsArrays(contents) { return nil }
    // Looking into each of a thousand classes would take as long as listing them.
    if !contents.names.contains(where: { PicturePart(named: $0) != nil }),
      contents.folders.prefix(16).contains(where: { isRecognised(path + "/" + $0) })
    {
      return nil
    }
    return try PictureFolder(contents, name: name)
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
    if let files = CIFARFolder(among: contents.names) {
      return try files.load(contents, name: name)
    }
    if KerasArrays.isRecognised(among: contents.names) {
      return try KerasArrays.load(contents, name: name)
    }
    if KnownLayout.isPythonVersion(contents.names) {
      throw DataError(path: path, fact: .pythonVersion)
    }
    let inside = contents.folders.filter { isRecognised(path + "/" + $0) }
    throw DataError(
      path: path, fact: inside.isEmpty ? .notRecognised : .recognisedInside(folders: inside))
  }

  private static func isRecognised(_ folder: String) -> Bool {
    guard let contents = try? FolderContents(path: folder) else { return false }
    return holdsArrays(contents)
      || contents.names.contains {
        PicturePart(named: $0) == .training && FileSystem.isFolder(folder + "/" + $0)
      }
  }

  private static func holdsArrays(_ contents: FolderContents) -> Bool {
    !MNISTFolder.dataSets(in: contents).isEmpty
      || CIFARFolder(among: contents.names) != nil
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
