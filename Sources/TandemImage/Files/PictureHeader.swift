/// What a file says about its picture before the pixels.
public struct PictureHeader: Hashable, Sendable {
  public let format: PictureFormat
  /// The upright picture's size.
  public let size: PictureSize
  /// Grey where each pixel is stored with one sample; palettes and inks are colour.
  public let channels: Picture.Channels
  /// Whether the file also stores how transparent pixels are, which the picture leaves out.
  public let hasTransparency: Bool
  /// How the stored pixels have to be turned to stand upright.
  public let orientation: PictureOrientation
  /// Whether the file is compressed by gzip once more.
  public let isGzipped: Bool
}
