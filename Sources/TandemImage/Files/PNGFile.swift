import CPictures

/// A PNG, read by libpng.
final class PNGFile: PictureFile {
  let format = PictureFormat.png
  let header: tandem_picture_header
  private let byteCount: Int
  private let decoder: OpaquePointer

  init(_ bytes: UnsafeRawBufferPointer) throws(PictureError) {
    byteCount = bytes.count
    let opened = try OpenedPicture(bytes, .png, by: tandem_png_open)
    header = opened.header
    decoder = opened.decoder
  }

  deinit { tandem_png_free(decoder) }

  var orientation: PictureOrientation {
    PictureOrientation(rawValue: Int(tandem_png_orientation(decoder))) ?? .upright
  }

  func read(
    channels: Picture.Channels, atLeast _: PictureSize?
  ) throws(PictureError) -> Picture {
    try checkClaim(byteCount: byteCount)
    return try Picture(size: size, channels: channels) { (samples) throws(PictureError) in
      var failure = tandem_picture_failure()
      let status = tandem_png_read(
        decoder, Int32(channels.rawValue), samples.baseAddress, &failure)
      guard status == tandem_picture_done else { throw PictureError(failure, .png, size) }
    }
  }
}
