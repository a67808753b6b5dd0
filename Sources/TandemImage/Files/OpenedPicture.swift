import CPictures

/// What a library has made of the beginning of a file: its header, and what reads the rest.
struct OpenedPicture<Decoder> {
  let header: tandem_picture_header
  let decoder: Decoder

  /// A function of `CPictures`: of the file's bytes and their number; fills in the header, or says
  /// why not and returns nil.
  typealias Opening = (
    UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<tandem_picture_header>,
    UnsafeMutablePointer<tandem_picture_failure>
  ) -> Decoder?

  init(
    _ bytes: UnsafeRawBufferPointer, _ format: PictureFormat, by opening: Opening
  ) throws(PictureError) {
    var header = tandem_picture_header()
    var failure = tandem_picture_failure()
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    guard let decoder = opening(start, bytes.count, &header, &failure) else {
      throw PictureError(
        failure, format, PictureSize(width: Int(header.width), height: Int(header.height)))
    }
    self.header = header
    self.decoder = decoder
  }
}
