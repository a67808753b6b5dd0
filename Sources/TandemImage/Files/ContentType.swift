/// What bytes are, by how they begin; names of files say nothing.
enum ContentType: Hashable {
  case readable(PictureFormat)
  case gzip
  case otherPicture(name: String)
  case noPicture(name: String)
  case unknown

  /// The first bytes that are looked at.
  static let examinedByteCount = 512

  init(_ bytes: UnsafeRawBufferPointer) {
    let start = bytes.prefix(Self.examinedByteCount)
    self =
      Self.signatures.first { $0.matches(start) }?.type
      ?? Self.ofISOMedia(start) ?? Self.ofText(start) ?? .unknown
  }

  private struct Signature {
    /// nil matches any byte.
    let pattern: [UInt8?]
    let type: ContentType

    init(_ pattern: [UInt8?], _ type: ContentType) {
      self.pattern = pattern
      self.type = type
    }

    init(_ text: String, _ type: ContentType) {
      self.init(text.utf8.map { $0 == UInt8(ascii: "?") ? nil : $0 }, type)
    }

    func matches(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
      bytes.count >= pattern.count && zip(bytes, pattern).allSatisfy { $1 == nil || $0 == $1 }
    }
  }

  private static let signatures = [
    Signature([0xFF, 0xD8, 0xFF], .readable(.jpeg)),
    Signature([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], .readable(.png)),
    Signature("RIFF????WEBP", .readable(.webp)),
    Signature([0x1F, 0x8B], .gzip),
    Signature("GIF87a", .otherPicture(name: "a GIF")),
    Signature("GIF89a", .otherPicture(name: "a GIF")),
    Signature("II*\0", .otherPicture(name: "a TIFF")),
    Signature("MM\0*", .otherPicture(name: "a TIFF")),
    Signature("II+\0", .otherPicture(name: "a TIFF")),
    Signature("MM\0+", .otherPicture(name: "a TIFF")),
    // The size stands in four bytes, then come four zeros.
    Signature("BM????\0\0\0\0", .otherPicture(name: "a BMP")),
    Signature(
      [0, 0, 0, 0x0C, 0x6A, 0x50, 0x20, 0x20], .otherPicture(name: "a JPEG 2000 picture")),
    Signature([0xFF, 0x4F, 0xFF, 0x51], .otherPicture(name: "a JPEG 2000 picture")),
    Signature([0, 0, 0, 0x0C, 0x4A, 0x58, 0x4C, 0x20], .otherPicture(name: "a JPEG XL picture")),
    Signature([0xFF, 0x0A], .otherPicture(name: "a JPEG XL picture")),
    Signature("8BPS", .otherPicture(name: "a Photoshop document")),
    Signature([0, 0, 1, 0], .otherPicture(name: "an icon (ICO)")),
    Signature("P1", .otherPicture(name: "a Netpbm picture")),
    Signature("P2", .otherPicture(name: "a Netpbm picture")),
    Signature("P3", .otherPicture(name: "a Netpbm picture")),
    Signature("P4", .otherPicture(name: "a Netpbm picture")),
    Signature("P5", .otherPicture(name: "a Netpbm picture")),
    Signature("P6", .otherPicture(name: "a Netpbm picture")),
    Signature("qoif", .otherPicture(name: "a QOI picture")),
    Signature("v/1\u{1}", .otherPicture(name: "an OpenEXR picture")),
    Signature("PK\u{3}\u{4}", .noPicture(name: "a ZIP archive")),
    Signature("%PDF-", .noPicture(name: "a PDF document")),
    Signature("RIFF????AVI ", .noPicture(name: "an AVI film")),
    Signature("RIFF????WAVE", .noPicture(name: "a sound (WAV)")),
    Signature("\u{7F}ELF", .noPicture(name: "a program")),
    Signature([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], .noPicture(name: "a NumPy array")),
    Signature([0x1A, 0x45, 0xDF, 0xA3], .noPicture(name: "a Matroska film")),
    Signature([0, 5, 0x16, 7], .noPicture(name: "a Macintosh resource file (AppleDouble)")),
  ]

  /// ISO/IEC 14496-12: the brand follows "ftyp".
  private static func ofISOMedia(_ bytes: Slice<UnsafeRawBufferPointer>) -> ContentType? {
    let box = Array(bytes.prefix(12))
    guard box.count == 12, box[4..<8].elementsEqual("ftyp".utf8) else { return nil }
    switch String(decoding: box[8..<12], as: UTF8.self) {
    case "avif", "avis": return .otherPicture(name: "an AVIF picture")
    case "heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1":
      return .otherPicture(name: "a HEIC picture")
    default: return .noPicture(name: "a film (MP4)")
    }
  }

  private static func ofText(_ bytes: Slice<UnsafeRawBufferPointer>) -> ContentType? {
    let blank: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
    // Control characters stand in no text, and not in the middle of UTF-8.
    guard !bytes.isEmpty, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || blank($0) }) else {
      return nil
    }
    // The last character may be cut.
    let text = String(decoding: bytes, as: UTF8.self)
    guard !text.dropLast(1).contains("\u{FFFD}") else { return nil }
    let start = text.drop { $0.isWhitespace }.lowercased()
    if start.hasPrefix("<svg") || (start.hasPrefix("<?xml") && start.contains("<svg")) {
      return .otherPicture(name: "an SVG drawing")
    }
    if start.hasPrefix("<!doctype html") || start.hasPrefix("<html") {
      return .noPicture(name: "an HTML page")
    }
    if start.hasPrefix("version https://git-lfs") {
      return .noPicture(name: "a Git LFS pointer, in place of a file that was not fetched")
    }
    return .noPicture(name: "text")
  }
}
