/// How stored pixels have to be turned to stand upright; the raw value is that of EXIF's tag 274
/// (CIPA DC-008, "Orientation").
public enum PictureOrientation: Int, Sendable, Codable, CaseIterable {
  case upright = 1
  case mirrored = 2
  case upsideDown = 3
  case flipped = 4
  /// Mirrored at the diagonal from the top left.
  case transposed = 5
  /// Turned to the right by 90° to stand upright.
  case turnedLeft = 6
  /// Mirrored at the diagonal from the top right.
  case transversed = 7
  /// Turned to the left by 90° to stand upright.
  case turnedRight = 8

  /// Whether rows and columns change places.
  public var exchangesSides: Bool { rawValue >= 5 }

  /// The size of the upright picture where `stored` is that of the stored pixels, or the other way
  /// round.
  public func size(of stored: PictureSize) -> PictureSize {
    exchangesSides ? stored.transposed : stored
  }
}
