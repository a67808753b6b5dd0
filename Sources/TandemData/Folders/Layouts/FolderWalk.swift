import Foundation
import TandemProcess
import TandemTensor

/// All folders below one, as Keras counts what is nested inside of a class: folder by folder in the
/// order of their paths, the files of each in the order of their names. Links are followed, but not
/// in circles.
struct FolderWalk: Sendable {
  /// A folder with the names of its files.
  struct Folder: Sendable {
    /// From the root of the data set, with a slash at its end; empty for the root itself.
    let path: String
    let changed: FileStamp
    var files: ByteNames
  }

  private(set) var folders: [Folder] = []
  private(set) var leftOut = LeftOut()
  private let root: String

  /// - Parameters:
  ///   - root: the data set's folder, which paths begin at.
  ///   - path: the folder to begin with, from the root, with a slash at its end unless empty.
  ///   - goesDeeper: whether folders inside are walked through too.
  /// - Throws: `FileError` for a folder that cannot be read.
  init(root: String, path: String, goesDeeper: Bool = true) throws {
    self.root = root
    try walk(path, above: [], goesDeeper: goesDeeper)
    // Slashes at the ends would change the order: "a b" comes before "a/b".
    folders.sort { $0.path.dropLast().utf8.lexicographicallyPrecedes($1.path.dropLast().utf8) }
  }

  /// How deep folders may lie in each other.
  private static let mostDepth = 64

  private struct Identity: Hashable {
    let device: UInt64
    let number: UInt64
  }

  private mutating func walk(_ path: String, above: [Identity], goesDeeper: Bool) throws {
    let full = PictureListing.join(root, path)
    guard let status = FileSystem.status(full) else {
      throw FileError.cannotRead(path: full, code: errno)
    }
    let identity = Identity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
    guard !above.contains(identity) else {
      leftOut.add(.linkLoop, path)
      return
    }
    guard above.count < Self.mostDepth else {
      throw FileError.cannotRead(path: full, code: ELOOP)
    }
    var files = ByteNames()
    var inner: [String] = []
    try FileSystem.forEachEntry(inFolder: full) { name, kind in
      if let reason = PictureNames.leftOut(name) {
        leftOut.add(reason, path + PathBytes.text(name))
        return
      }
      switch kind {
      case .file: files.append(name)
      case .folder: inner.append(PathBytes.text(name))
      case .other: leftOut.add(.noPicture, path + PathBytes.text(name))
      case .link, .unknown:
        let text = PathBytes.text(name)
        // A link to nothing is a picture that cannot be read.
        if FileSystem.isFolder(full + "/" + text) {
          inner.append(text)
        } else {
          files.append(name)
        }
      }
    }
    files.sort()
    folders.append(Folder(path: path, changed: FileStamp(path, status), files: files))
    guard goesDeeper else { return }
    for name in inner {
      try walk(path + name + "/", above: above + [identity], goesDeeper: true)
    }
  }
}
