import TandemImage

/// Why a sheet cannot be made.
enum SheetError: Error, CustomStringConvertible {
  case tooLarge(PictureSize)
  case picture(path: String, PictureError)

  var description: String {
    switch self {
    case .tooLarge(let size):
      "a sheet of \(size) pixels is too large to be looked at; give a smaller --count, or smaller "
        + "pictures"
    case .picture(let path, let error): "\(path): \(error)"
    }
  }
}
