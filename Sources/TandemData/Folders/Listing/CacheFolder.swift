import Foundation
import TandemTensor

/// Where Tandem keeps what it can make again: listings, resized pictures.
/// `$XDG_CACHE_HOME/tandem`, or `~/.cache/tandem`.
public enum CacheFolder {
  /// nil where there is no home.
  /// https://specifications.freedesktop.org/basedir-spec/latest/
  public static var standard: String? {
    let environment = ProcessInfo.processInfo.environment
    if let folder = environment["XDG_CACHE_HOME"], folder.hasPrefix("/") {
      return folder + "/tandem"
    }
    guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
    return home + "/.cache/tandem"
  }

  /// Makes a folder and those above it.
  /// - Throws: `FileError.cannotWrite`.
  static func make(_ path: String) throws {
    if FileSystem.isFolder(path) { return }
    let parent = FileSystem.parent(of: path)
    if parent != path { try make(parent) }
    guard FileSystem.makeFolder(path) == 0 || errno == EEXIST else {
      throw FileError.cannotWrite(path: path, code: errno)
    }
  }
}
