import TandemProcess
import TandemTensor

/// Finds the pictures of a folder whose files are named after their class, `cat.0.jpg`.
enum FlatFolder {
  /// - Parameters:
  ///   - path: of the folder, from the root.
  ///   - known: the classes in the order of their labels; nil for those that are there.
  /// - Throws: `FileError`, `PictureFolderError`.
  static func find(
    in path: String, of root: String, part: String, known: [String]?
  ) throws -> PictureListing {
    var builder = ListingBuilder(root: root)
    let walk = try FolderWalk(root: root, path: path, goesDeeper: false)
    builder.leftOut.add(walk.leftOut)
    for folder in walk.folders {
      builder.addStamp(folder.changed)
      let classes = (0..<folder.files.count).map { index -> String? in
        let name = folder.files[index]
        return PictureNames.promisesPicture(name) ? PictureNames.flatClass(name) : nil
      }
      let names = Set(classes.compactMap(\.self)).sorted(by: precedesByCodePoints)
      let labels = Dictionary(
        uniqueKeysWithValues: zip(
          names, try ClassFolders.labels(of: names, known: known, part: part, root: root)))
      let container = builder.addContainer(folder.path)
      // By class as in folders of classes, and by name within one.
      for name in names {
        for (index, found) in classes.enumerated() where found == name {
          try builder.add(folder.files[index], in: container, label: labels[name] ?? 0)
        }
      }
      for (index, found) in classes.enumerated() where found == nil {
        let name = folder.files[index]
        builder.leftOut.add(
          PictureNames.promisesPicture(name) ? .withoutClass : .noPicture,
          path + PathBytes.text(name))
      }
      return try builder.listing(classNames: known ?? names)
    }
    return try builder.listing(classNames: known ?? [])
  }
}
