import Synchronization
import TandemProcess
import TandemTensor

/// Finds the pictures of a folder that has a folder for each class.
enum ClassFolders {
  /// - Parameters:
  ///   - path: of the folder, from the root.
  ///   - known: the classes in the order of their labels; nil for those that are there.
  /// - Throws: `FileError`, `PictureFolderError`.
  static func find(
    in path: String, of root: String, part: String, known: [String]?
  ) throws -> PictureListing {
    var builder = ListingBuilder(root: root)
    let top = try FolderWalk(root: root, path: path, goesDeeper: false)
    builder.leftOut.add(top.leftOut)
    for folder in top.folders {
      builder.addStamp(folder.changed)
      for index in 0..<folder.files.count {
        let name = folder.files[index]
        builder.leftOut.add(
          PictureNames.promisesPicture(name) ? .withoutClass : .noPicture,
          path + PathBytes.text(name))
      }
    }
    let names = try classNames(in: PictureListing.join(root, path))
    let labels = try labels(of: names, known: known, part: part, root: root)
    let walks = try walks(names, in: path, of: root)
    for (walk, label) in zip(walks, labels) { try builder.add(walk, label: label) }
    return try builder.listing(classNames: known ?? names)
  }

  /// The folders' names in the order of code points.
  static func classNames(in folder: String) throws -> [String] {
    var names: [String] = []
    try FileSystem.forEachEntry(inFolder: folder) { name, kind in
      guard PictureNames.leftOut(name) == nil, kind != .file, kind != .other else { return }
      let text = PathBytes.text(name)
      if kind == .folder || FileSystem.isFolder(folder + "/" + text) { names.append(text) }
    }
    return names.sorted(by: precedesByCodePoints)
  }

  /// - Throws: `PictureFolderError.unknownClass`.
  static func labels(
    of names: [String], known: [String]?, part: String, root: String
  ) throws -> [Int] {
    guard let known else { return Array(names.indices) }
    let labels = Dictionary(zip(known, known.indices)) { first, _ in first }
    return try names.map { name in
      guard let label = labels[name] else {
        throw PictureFolderError(
          path: root, fact: .unknownClass(name: name, part: part, known: known))
      }
      return label
    }
  }

  /// Walks through all classes side by side: network file systems take their time for each folder.
  private static func walks(
    _ names: [String], in path: String, of root: String
  ) throws -> [FolderWalk] {
    let results = Mutex<[Int: Result<FolderWalk, any Error>]>([:])
    OwnThread.sideBySide(names.count) { index in
      let walk = Result { try FolderWalk(root: root, path: path + names[index] + "/") }
      results.withLock { $0[index] = walk }
    }
    return try results.withLock { results in
      try names.indices.compactMap { try results[$0]?.get() }
    }
  }
}
