/// Why bytes are not read or written as a picture. The name of the file is known to the caller.
public enum PictureError: Error, Hashable, Sendable {
  case empty
  /// A format of pictures that is not read: "GIF", "BMP", "TIFF", "HEIC", "animated WebP", …
  case unsupportedFormat(name: String)
  /// Bytes of a known kind that is no picture: "text", "an HTML page", "a ZIP archive", …
  case notAPicture(name: String)
  /// Bytes that begin as nothing that is known.
  case unrecognised(firstBytes: [UInt8])
  /// The bytes end before the last pixel.
  case truncated(PictureFormat)
  case damaged(PictureFormat, reason: String)
  /// A valid file with something that its library does not read.
  case unsupportedFeature(PictureFormat, reason: String)
  /// Bytes that say that they are compressed by gzip and are not.
  case damagedGzip(reason: String)
  /// More pixels than any picture may have.
  case tooLarge(PictureSize, mostPixels: Int)
  /// A row or a column with more pixels than any may have.
  case sideTooLong(PictureSize, PictureFormat, most: Int)
  case noPixels(PictureSize)
  /// A progressive JPEG that describes its pixels over and over again.
  case tooManyScans(most: Int)
  case outOfMemory(PictureSize)
  /// A picture with more columns or rows than the format can say.
  case tooLargeToWrite(PictureSize, PictureFormat, longestSide: Int)
  case cannotWrite(PictureFormat, reason: String)
}

extension PictureError: CustomStringConvertible {
  private static let readFormats = "JPEG, PNG and WebP are read"

  public var description: String {
    switch self {
    case .empty: "the file is empty"
    case .unsupportedFormat(let name): "this is \(name); \(Self.readFormats): convert it"
    case .notAPicture(let name): "this is \(name), not a picture; \(Self.readFormats)"
    case .unrecognised(let bytes):
      "this is no picture that is known (it begins with \(Self.hexadecimal(bytes))); "
        + Self.readFormats
    case .truncated(let format):
      "the \(format.rawValue) ends before its last pixel; fetch it again or leave it out"
    case .damaged(let format, let reason):
      "the \(format.rawValue) is damaged (\(reason)); fetch it again or leave it out"
    case .unsupportedFeature(let format, let reason):
      "a kind of \(format.rawValue) that is not read (\(reason)); save it as 8-bit RGB"
    case .damagedGzip(let reason):
      "the gzip around the picture is damaged (\(reason)); fetch it again or leave it out"
    case .tooLarge(let size, let most):
      "a picture of \(size) has more than the \(most) pixels that are read; make it smaller"
    case .sideTooLong(let size, let format, let most):
      "a picture of \(size) has a side longer than the \(most) pixels that are read from a "
        + "\(format.rawValue); make it smaller"
    case .noPixels(let size): "a picture of \(size) has no pixels"
    case .tooManyScans(let most):
      "the progressive JPEG has more than \(most) scans; save it anew or leave it out"
    case .outOfMemory(let size): "there is no memory for a picture of \(size)"
    case .tooLargeToWrite(let size, let format, let longest):
      "a picture of \(size) does not fit into a \(format.rawValue), whose sides have at most "
        + "\(longest) pixels"
    case .cannotWrite(let format, let reason): "no \(format.rawValue) was written: \(reason)"
    }
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }
      .joined(separator: " ")
  }
}
