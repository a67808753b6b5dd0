import TandemTensor

/// The names in a folder, and where files of given names are.
///
/// Some programs that unpack archives, macOS' Archive Utility among them, leave a folder with a
/// file's name and the file inside it, and common mirrors ship both: files count first, and then
/// those inside of folders that are named like them.
struct FolderContents {
  let path: String
  let names: Set<String>

  /// - Throws: `FileError` if the folder cannot be read.
  init(path: String) throws {
    self.path = path
    names = Set(try FileSystem.names(inFolder: path))
  }

  /// The path of the first of the `names` there is, as a file or as a folder with such a file
  /// inside.
  ///
  /// - Parameter inner: whether a file of this name may be what a folder holds; nil for the names
  ///   themselves.
  /// - Throws: `DataError` if only a folder of such a name is there, without a file in it;
  ///   `FileError`.
  /// - Returns: nil if there is none.
  func file(
    named candidates: [String], inner: ((String) -> Bool)? = nil
  ) throws -> String? {
    let found = candidates.filter(names.contains).map { path + "/" + $0 }
    if let file = found.first(where: { !FileSystem.isFolder($0) }) { return file }
    let isInner = inner ?? candidates.contains
    for folder in found {
      let inside = try FolderContents(path: folder)
      let files = inside.names.sorted().filter {
        isInner($0) && !FileSystem.isFolder("\(folder)/\($0)")
      }
      if let file = candidates.first(where: files.contains) ?? files.first {
        return folder + "/" + file
      }
    }
    if let folder = found.first { throw DataError(path: folder, fact: .folderInsteadOfFile) }
    return nil
  }

  /// The folders in it, sorted by name.
  var folders: [String] { names.sorted().filter { FileSystem.isFolder(path + "/" + $0) } }
}
