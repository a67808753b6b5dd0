import CPictures

/// Writes pictures as the bytes of files.
public enum PictureEncoder {
  /// A PNG of the same samples.
  /// - Parameter level: zlib's, from 0, fast, to 9, small.
  public static func png(_ picture: Picture, level: Int = 6) throws(PictureError) -> [UInt8] {
    precondition((0...9).contains(level), "zlib's levels are 0 to 9")
    return try encode(picture, as: .png) {
      tandem_png_write(
        $0, UInt32(picture.width), UInt32(picture.height), Int32(picture.channels.rawValue),
        Int32(level), $1, $2, $3)
    }
  }

  /// A JPEG, which is a little different from the picture.
  /// - Parameters:
  ///   - quality: 1 to 100.
  ///   - fullColour: whether colours keep their resolution, instead of half of it each way.
  public static func jpeg(
    _ picture: Picture, quality: Int = 90, fullColour: Bool = false
  ) throws(PictureError) -> [UInt8] {
    precondition((1...100).contains(quality), "a JPEG's quality is 1 to 100")
    return try encode(picture, as: .jpeg) {
      tandem_jpeg_write(
        $0, UInt32(picture.width), UInt32(picture.height), Int32(picture.channels.rawValue),
        Int32(quality), fullColour ? 1 : 0, $1, $2, $3)
    }
  }

  private typealias Write = (
    _ samples: UnsafePointer<UInt8>?, _ bytes: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>,
    _ count: UnsafeMutablePointer<Int>, _ failure: UnsafeMutablePointer<tandem_picture_failure>
  ) -> tandem_picture_status

  private static func encode(
    _ picture: Picture, as format: PictureFormat, write: Write
  ) throws(PictureError) -> [UInt8] {
    guard max(picture.width, picture.height) <= format.longestSide else {
      throw .tooLargeToWrite(picture.size, format, longestSide: format.longestSide)
    }
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    var failure = tandem_picture_failure()
    let status = picture.samples.withUnsafeBufferPointer { samples in
      write(samples.baseAddress, &bytes, &count, &failure)
    }
    defer { tandem_picture_free(bytes) }
    guard status == tandem_picture_done else {
      if case .damaged(_, let reason) = PictureError(failure, format, picture.size) {
        throw .cannotWrite(format, reason: reason)
      }
      throw PictureError(failure, format, picture.size)
    }
    return [UInt8](UnsafeBufferPointer(start: bytes, count: count))
  }
}
