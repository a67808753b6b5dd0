import CPictures

/// A JPEG, read by libjpeg-turbo.
final class JPEGFile: PictureFile {
  let format = PictureFormat.jpeg
  let header: tandem_picture_header
  private let byteCount: Int
  private let decoder: OpaquePointer

  init(_ bytes: UnsafeRawBufferPointer) throws(PictureError) {
    byteCount = bytes.count
    let opened = try OpenedPicture(bytes, .jpeg, by: tandem_jpeg_open)
    header = opened.header
    decoder = opened.decoder
  }

  deinit { tandem_jpeg_free(decoder) }

  func read(
    channels: Picture.Channels, atLeast smallest: PictureSize?
  ) throws(PictureError) -> Picture {
    try checkClaim(byteCount: byteCount)
    let divisor = smallest.map(divisor(atLeast:)) ?? 1
    return try Picture(
      size: reduced(by: divisor), channels: channels
    ) { (samples) throws(PictureError) in
      var failure = tandem_picture_failure()
      let status = tandem_jpeg_read(
        decoder, Int32(divisor), Int32(channels.rawValue), UInt32(PictureDecoder.mostScans),
        samples.baseAddress, &failure)
      guard status == tandem_picture_done else { throw PictureError(failure, .jpeg, size) }
    }
  }

  private func reduced(by divisor: Int) -> PictureSize {
    PictureSize(
      width: (size.width + divisor - 1) / divisor, height: (size.height + divisor - 1) / divisor)
  }

  /// The largest one with which the picture is not smaller than `smallest`.
  private func divisor(atLeast smallest: PictureSize) -> Int {
    [8, 4, 2].first { divisor in
      let size = reduced(by: divisor)
      return size.width >= smallest.width && size.height >= smallest.height
    } ?? 1
  }
}
