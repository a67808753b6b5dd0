import Foundation
import Tandem
import TandemImage

/// A contact sheet as a file, a PNG or, by the name's ending, a JPEG.
enum SheetFile {
  /// Writes the sheet beside its target and renames it.
  ///
  /// - Parameter columns: nil for about as many as rows.
  /// - Returns: its size.
  /// - Throws: `SheetError`, `FileError`, `PictureError`.
  static func write(
    _ entries: [(picture: Picture, label: String)], columns: Int? = nil, to path: String
  ) throws -> PictureSize {
    let sheet = ContactSheet(entries, columns: columns)
    guard sheet.isReasonable else { throw SheetError.tooLarge(sheet.size) }
    let picture = sheet.drawn()
    let name = path.lowercased()
    let bytes =
      name.hasSuffix(".jpg") || name.hasSuffix(".jpeg")
      ? try PictureEncoder.jpeg(picture, quality: 92, fullColour: true)
      : try PictureEncoder.png(picture)
    try AtomicFile.write(Data(bytes), to: path)
    return sheet.size
  }
}
