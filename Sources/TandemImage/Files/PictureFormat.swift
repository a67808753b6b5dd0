import CPictures

/// A format of files that are read.
public enum PictureFormat: String, Sendable, Codable, CaseIterable {
  case jpeg = "JPEG"
  case png = "PNG"
  case webp = "WebP"

  /// In pixels.
  var longestSide: Int {
    switch self {
    case .jpeg: tandem_jpeg_longest_side
    case .png: tandem_png_longest_side
    case .webp: 16_383
    }
  }
}
