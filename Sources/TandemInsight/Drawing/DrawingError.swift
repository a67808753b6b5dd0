import TandemImage

/// Why a drawing cannot be made.
package enum DrawingError: Error, Hashable, CustomStringConvertible {
  /// More pixels than anybody can look at.
  case tooLarge(PictureSize)
  /// Cairo's word for what went wrong.
  case cairo(String)

  package var description: String {
    switch self {
    case .tooLarge(let size):
      "a picture of \(size) pixels is too large to be looked at; show less of it"
    case .cairo(let reason): "the picture could not be drawn: \(reason)"
    }
  }
}
