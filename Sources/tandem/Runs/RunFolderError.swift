import TandemTensor

/// Why a run cannot have a folder of its own.
struct RunFolderError: Error, CustomStringConvertible {
  let path: String
  /// The `errno` of the failed call.
  let code: Int32

  var description: String {
    let folder = FileSystem.realPath(".").map { ($0 == "/" ? "" : $0) + "/" + path } ?? path
    return "cannot make the folder \(folder) for this run: \(FileError.reason(code)); "
      + "name another one with --output, or keep nothing with --no-output"
  }
}
