import ArgumentParser
import TandemImage

/// A sheet of pictures as a file.
struct SheetOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("How many pictures the sheet shows. (default: 16)", valueName: "n"),
    transform: atLeast(1, atMost: 4096))
  var count = 16

  @Option(
    help: ArgumentHelp("Pictures in a row; about as many as rows unless given.", valueName: "n"),
    transform: atLeast(1, atMost: 4096))
  var columns: Int?

  @Option(
    help: ArgumentHelp(
      "Where the sheet goes, a PNG or, by the name's ending, a JPEG.", valueName: "file.png"),
    completion: .file(), transform: nonEmptyPath)
  var output: String

  /// Writes the sheet beside its target and renames it.
  /// - Returns: its size.
  /// - Throws: `SheetError`, `FileError`, `PictureError`.
  func write(_ entries: [(picture: Picture, label: String)]) throws -> PictureSize {
    try SheetFile.write(entries, columns: columns, to: output)
  }
}
