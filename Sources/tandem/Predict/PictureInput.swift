import Foundation
import Tandem
import TandemTensor

/// The pictures that a user names for a prediction: files, folders with all that is below them,
/// patterns as of a shell, and `-` for one on standard input.
enum PictureInput: Hashable {
  case file(String)
  case standardInput

  /// What is shown of it.
  var name: String {
    switch self {
    case .file(let path): path
    case .standardInput: "-"
    }
  }

  /// All that is named, in its order.
  /// - Throws: `FileError` for a folder that cannot be read, `PredictionError.nothingFound`.
  static func found(_ names: [String]) throws -> [PictureInput] {
    try names.flatMap { name -> [PictureInput] in
      if name == "-" { return [.standardInput] }
      if FileSystem.isFolder(name) {
        let pictures = try PictureFolder.pictures(below: name)
        if pictures.isEmpty { throw PredictionError.nothingFound(path: name) }
        return pictures.map { .file($0) }
      }
      // Files may have such characters in their names.
      if !FileSystem.exists(name), name.contains(where: { "*?[".contains($0) }) {
        let matches = try matches(name)
        if matches.isEmpty { throw PredictionError.nothingFound(path: name) }
        return try matches.flatMap { match in
          FileSystem.isFolder(match)
            ? try PictureFolder.pictures(below: match).map { .file($0) } : [.file(match)]
        }
      }
      return [.file(name)]
    }
  }

  /// The paths that fit a pattern, sorted, for programs that start this one without a shell.
  private static func matches(_ pattern: String) throws -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, 0, nil, &found) == 0 else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { index in
      found.gl_pathv[index].map { String(cString: $0) }
    }
  }

  /// - Throws: `FileError`.
  func read() throws -> [UInt8] {
    switch self {
    case .file(let path): return try RegularFile.contents(path)
    case .standardInput:
      return [UInt8](try FileHandle.standardInput.readToEnd() ?? Data())
    }
  }
}
