import TandemProcess
import TandemTensor

/// Where the pictures of a part are, and what tells their classes. Paths are from the data set's
/// root; those of folders end with a slash unless they are the root itself.
enum PictureSource: Hashable, Codable, Sendable {
  /// A folder for each class.
  case classFolders(String)
  /// Files that are named after their class, `cat.0.jpg`.
  case flat(String)
  /// A table of paths and labels; of those with a column for it, the part of that name only.
  case table(String, part: PicturePart?)
  /// Archives in WebDataset's layout.
  case shards([String])

  /// What a folder looks like; nil if there are no pictures in it, as far as names say.
  /// - Throws: `FileError`.
  static func found(inFolder path: String, of root: String) throws -> PictureSource? {
    let folder = PictureListing.join(root, path)
    var folders: [String] = []
    var shards = ByteNames()
    var isFlat = false
    var hasPictures = false
    try FileSystem.forEachEntry(inFolder: folder) { name, kind in
      guard PictureNames.leftOut(name) == nil else { return }
      let isFolder =
        kind == .folder
        || (kind == .link || kind == .unknown)
          && FileSystem.isFolder(folder + "/" + PathBytes.text(name))
      if isFolder {
        folders.append(PathBytes.text(name))
      } else if PictureNames.isShard(name) {
        shards.append(name)
      } else if PictureNames.promisesPicture(name) {
        hasPictures = true
        if !isFlat { isFlat = PictureNames.flatClass(name) != nil }
      }
    }
    if shards.count > 0 {
      shards.sort()
      return .shards((0..<shards.count).map { path + PathBytes.text(shards[$0]) })
    }
    // Some archives hold a folder again inside of one of the same name.
    if folders.count == 1, !hasPictures, folders[0] == FileSystem.name(of: folder) {
      return try found(inFolder: path + folders[0] + "/", of: root)
    }
    if try folders.contains(where: { try holdsPicture(folder + "/" + $0) }) {
      return .classFolders(path)
    }
    return isFlat ? .flat(path) : nil
  }

  private struct Found: Error {}

  /// Whether a file below a folder promises to be a picture.
  private static func holdsPicture(_ folder: String, depth: Int = 0) throws -> Bool {
    guard depth < 8 else { return false }
    var folders: [String] = []
    do {
      try FileSystem.forEachEntry(inFolder: folder) { name, kind in
        guard PictureNames.leftOut(name) == nil else { return }
        if kind == .folder { folders.append(PathBytes.text(name)) }
        if kind != .folder, PictureNames.promisesPicture(name) { throw Found() }
      }
    } catch is Found {
      return true
    }
    return try folders.contains { try holdsPicture(folder + "/" + $0, depth: depth + 1) }
  }
}
