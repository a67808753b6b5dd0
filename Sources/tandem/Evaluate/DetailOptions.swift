import ArgumentParser

/// What an evaluation tells beyond its numbers.
struct DetailOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Count images whose label is among so many of the largest outputs. (default: 1,5)",
      valueName: "k,k"),
    transform: wholeNumbers)
  var topK: [Int]?

  @Option(
    help: ArgumentHelp("List the n images with the largest losses.", valueName: "n"),
    transform: atLeast(1, atMost: 4096))
  var topLosses: Int?

  @Option(
    help: ArgumentHelp(
      "Draw the images with the largest losses, 20 unless --top-losses says otherwise, on a sheet: a PNG or, "
        + "by the name's ending, a JPEG.", valueName: "file.png"),
    completion: .file(), transform: nonEmptyPath)
  var topLossesSheet: String?

  @Option(
    help: ArgumentHelp(
      "Write what becomes of each image as comma-separated values.", valueName: "file.csv"),
    completion: .file(), transform: nonEmptyPath)
  var predictions: String?

  @Option(
    help: ArgumentHelp(
      "Compare with other weights on the same images, image by image.", valueName: "path"),
    completion: .file(), transform: nonEmptyPath)
  var against: String?

  /// Numbers of outputs among which labels are counted.
  var topCounts: [Int] { topK ?? [1, 5] }

  /// How many images with large losses are asked for; 0 for none.
  var shownLosses: Int { topLosses ?? (topLossesSheet == nil ? 0 : 20) }

  /// - Throws: `FileError` for files that could not be written in the end.
  func checkFiles() throws {
    for path in [topLossesSheet, predictions].compactMap(\.self) { try ResultFile.check(path) }
  }
}

/// `1,5,10`, in ascending order.
private let wholeNumbers: @Sendable (String) throws -> [Int] = { text in
  let parts = text.split(separator: ",", omittingEmptySubsequences: false)
  return Set(try parts.map { try atLeast(1)(String($0)) }).sorted()
}
