import CPictures

/// Reads pictures from the bytes of files: JPEG, PNG and WebP, told apart by their contents, each
/// also inside of gzip. Functions only, which any number of threads may call at once.
///
/// Pictures stand upright: the orientation that a camera noted (EXIF) is applied. Colours are the
/// stored ones, without colour management. Transparency is left out as torchvision and Keras do,
/// so that the colour behind a transparent pixel shows. Samples of 16 bits are scaled to 8, v ↦ v ·
/// 255 / 65535 rounded. The inks of CMYK and YCCK files are taken as Adobe's programs store them,
/// inverted, as Pillow does.
public enum PictureDecoder {
  /// A picture with more pixels is refused before memory is asked for. Pillow refuses the same.
  public static let mostPixels = 178_956_970

  /// Real progressive files have about ten.
  static let mostScans = 100

  /// What the file says about its picture; the pixels may be missing or wrong nevertheless. The
  /// beginning of a file is enough where it holds the header (otherwise `truncated` is thrown) and
  /// is not of gzip; a WebP or PNG may have its orientation at the end.
  public static func header(
    of bytes: UnsafeRawBufferPointer
  ) throws(PictureError) -> PictureHeader {
    try Self.open(bytes) { (file, isGzipped) throws(PictureError) in
      PictureHeader(
        format: file.format, size: file.orientation.size(of: file.size),
        channels: file.channels, hasTransparency: file.header.has_transparency != 0,
        orientation: file.orientation, isGzipped: isGzipped)
    }
  }

  public static func header(of bytes: [UInt8]) throws(PictureError) -> PictureHeader {
    try withBytes(bytes) { (bytes) throws(PictureError) in try header(of: bytes) }
  }

  /// Reads a picture.
  ///
  /// - Parameters:
  ///   - bytes: a whole file.
  ///   - atLeast: a JPEG may be read at a half, a quarter or an eighth of its size, which is
  ///     faster, as long as it is no smaller than this. nil: at its own size.
  public static func decode(
    _ bytes: UnsafeRawBufferPointer, channels: PictureChannels = .asStored,
    atLeast smallest: PictureSize? = nil
  ) throws(PictureError) -> Picture {
    try Self.open(bytes) { (file, _) throws(PictureError) in
      let channels = channels.resolved(stored: file.channels)
      let stored = smallest.map { file.orientation.size(of: $0) }
      let read: Picture.Channels = file.channels == .grey ? channels : .colour
      var picture = try file.read(channels: read, atLeast: stored)
      if channels == .grey { picture = picture.grey() }
      return picture.turned(upright: file.orientation)
    }
  }

  public static func decode(
    _ bytes: [UInt8], channels: PictureChannels = .asStored, atLeast smallest: PictureSize? = nil
  ) throws(PictureError) -> Picture {
    try withBytes(bytes) { (bytes) throws(PictureError) in
      try decode(bytes, channels: channels, atLeast: smallest)
    }
  }

  private static func withBytes<Result>(
    _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(PictureError) -> Result
  ) throws(PictureError) -> Result {
    let result = bytes.withUnsafeBytes { bytes in
      Swift.Result { () throws(PictureError) in try body(bytes) }
    }
    return try result.get()
  }

  private static func open<Result>(
    _ bytes: UnsafeRawBufferPointer,
    _ body: (any PictureFile, _ isGzipped: Bool) throws(PictureError) -> Result
  ) throws(PictureError) -> Result {
    if ContentType(bytes) == .gzip {
      let unpacked = try Gunzipped(bytes)
      return try body(try file(unpacked.bytes), true)
    }
    return try body(try file(bytes), false)
  }

  private static func file(
    _ bytes: UnsafeRawBufferPointer
  ) throws(PictureError) -> any PictureFile {
    guard !bytes.isEmpty else { throw .empty }
    let file: any PictureFile
    switch ContentType(bytes) {
    case .readable(.jpeg): file = try JPEGFile(bytes)
    case .readable(.png): file = try PNGFile(bytes)
    case .readable(.webp): file = try WebPFile(bytes)
    case .gzip: throw .notAPicture(name: "gzip inside of gzip")
    case .otherPicture(let name): throw .unsupportedFormat(name: name)
    case .noPicture(let name): throw .notAPicture(name: name)
    case .unknown: throw .unrecognised(firstBytes: [UInt8](bytes.prefix(8)))
    }
    guard file.size.width > 0, file.size.height > 0 else { throw .noPixels(file.size) }
    guard file.size.pixelCount <= mostPixels else {
      throw .tooLarge(file.size, mostPixels: mostPixels)
    }
    return file
  }
}
