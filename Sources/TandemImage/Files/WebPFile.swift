import CPictures

/// A WebP of one picture, read by libwebp.
struct WebPFile: PictureFile {
  let format = PictureFormat.webp
  let header: tandem_picture_header
  private let bytes: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) throws(PictureError) {
    self.bytes = bytes
    header = try OpenedPicture(bytes, .webp) { start, count, header, failure in
      tandem_webp_header(start, count, header, failure) == 0 ? nil : ()
    }.header
  }

  /// libwebp gives colours only; they are grey where the caller makes them so.
  func read(
    channels _: Picture.Channels, atLeast _: PictureSize?
  ) throws(PictureError) -> Picture {
    try Picture(size: size, channels: .colour) { (samples) throws(PictureError) in
      var failure = tandem_picture_failure()
      let status = tandem_webp_read(
        bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, samples.baseAddress,
        samples.count, size.width * Picture.Channels.colour.rawValue, &failure)
      guard status == tandem_picture_done else { throw PictureError(failure, .webp, size) }
    }
  }
}
