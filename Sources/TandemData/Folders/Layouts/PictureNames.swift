import TandemProcess

/// What the names in folders of pictures say: which are no pictures at all, and which class a name
/// of a flat folder tells. What a file is, its contents decide.
enum PictureNames {
  /// Written by systems and programs into any folder that somebody opens, in lower case.
  private static let ofSystems: Set<String> = [
    "thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "@eadir", "$recycle.bin",
    "system volume information", "lost+found",
  ]

  /// Names that end so promise a picture: where one of these files is none, it is a broken one.
  private static let endings: Set<String> = [
    "jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "bmp", "dib", "tif", "tiff", "heic", "heif",
    "avif", "ppm", "pgm", "pbm", "jp2", "jxl",
  ]

  /// Why something of that name is left out unseen; nil if it is not.
  static func leftOut(_ name: some Collection<UInt8>) -> LeftOut.Reason? {
    if name.first == UInt8(ascii: ".") { return .hidden }
    guard name.count <= 32 else { return nil }
    let text = String(decoding: name, as: UTF8.self)
    return ofSystems.contains(text.lowercased()) ? .ofSystems : nil
  }

  /// Whether a file of that name ought to be a picture.
  static func promisesPicture(_ name: some BidirectionalCollection<UInt8>) -> Bool {
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return false }
    let ending = name[name.index(after: dot)...]
    guard (3...4).contains(ending.count) else { return false }
    return endings.contains(String(decoding: ending, as: UTF8.self).lowercased())
  }

  static func isShard(_ name: some BidirectionalCollection<UInt8>) -> Bool {
    name.count > 4 && name.suffix(4).elementsEqual(".tar".utf8)
  }

  /// The class in a name as Kaggle's competitions have them, `cat.0.jpg`: what stands before a
  /// number and an ending; nil for other names.
  static func flatClass(_ name: some BidirectionalCollection<UInt8>) -> String? {
    let parts = Array(name).split(
      separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count >= 3, let number = parts.dropLast().last, !number.isEmpty,
      number.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    let start = Array(parts.dropLast(2).joined(separator: [UInt8(ascii: ".")]))
    return start.isEmpty ? nil : PathBytes.text(start)
  }
}
