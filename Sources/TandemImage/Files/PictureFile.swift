import CPictures

/// A file with its header read, whose bytes the caller keeps.
protocol PictureFile {
  var format: PictureFormat { get }
  var header: tandem_picture_header { get }
  /// Known for certain after `read`.
  var orientation: PictureOrientation { get }

  /// The stored pixels. Called once.
  /// - Parameters:
  ///   - channels: `.colour`, or what is stored.
  ///   - smallest: the picture may be read smaller, but not than this.
  func read(
    channels: Picture.Channels, atLeast smallest: PictureSize?
  ) throws(PictureError) -> Picture
}

extension PictureFile {
  var size: PictureSize { PictureSize(width: Int(header.width), height: Int(header.height)) }

  var channels: Picture.Channels { header.channels == 1 ? .grey : .colour }

  var orientation: PictureOrientation {
    PictureOrientation(rawValue: Int(header.orientation)) ?? .upright
  }

  /// Refuses a header that promises more than so few bytes can hold.
  func checkClaim(byteCount: Int) throws(PictureError) {
    guard UInt64(byteCount) >= header.smallest_bytes else { throw .truncated(format) }
  }
}

extension PictureError {
  init(_ failure: tandem_picture_failure, _ format: PictureFormat, _ size: PictureSize) {
    let reason = withUnsafeBytes(of: failure.reason) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    self =
      switch failure.status {
      case tandem_picture_truncated: .truncated(format)
      case tandem_picture_not_read: .unsupportedFeature(format, reason: reason)
      case tandem_picture_too_large: .sideTooLong(size, format, most: format.longestSide)
      case tandem_picture_no_pixels: .noPixels(size)
      case tandem_picture_too_many_scans: .tooManyScans(most: PictureDecoder.mostScans)
      case tandem_picture_no_memory: .outOfMemory(size)
      default: .damaged(format, reason: reason)
      }
  }
}
