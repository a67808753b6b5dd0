/// What channels a picture shall have when it is read.
public enum PictureChannels: String, Sendable, Codable {
  /// One; colours become (19595 R + 38470 G + 7471 B + 32768) >> 16, as in Pillow.
  case grey
  /// Three; grey is repeated.
  case colour
  /// One where the file stores one, otherwise three.
  case asStored

  func resolved(stored: Picture.Channels) -> Picture.Channels {
    switch self {
    case .grey: .grey
    case .colour: .colour
    case .asStored: stored
    }
  }
}
