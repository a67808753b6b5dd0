import Foundation
import TandemInsight
import TestSupport
import Testing

/// Where the library that draws curves is looked for.
@Suite struct ChartLibraryTests {
  private func install(_ words: String, in share: String) throws {
    for (path, text) in [
      ("javascript/dygraphs/dygraph.min.js", "\(words)\n//# sourceMappingURL=a.map"),
      ("javascript/dygraphs/dygraph.min.css", ".a {}"), ("doc/libjs-dygraphs/copyright", "MIT"),
    ] {
      let file = URL(filePath: share).appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
  }

  @Test func itIsInTheFoldersOfData() throws {
    try withTemporaryFolder { folder in
      func found(_ folders: String) -> ChartLibrary? {
        ChartLibrary.installed(["XDG_DATA_DIRS": folders])
      }
      #expect(found(folder) == nil)
      try install("one()", in: folder + "/one")
      try install("two()", in: folder + "/two")
      let first = try #require(found("\(folder)/none:\(folder)/two:\(folder)/one"))
      #expect(first.script == "two()" && first.style == ".a {}" && first.licence == "MIT")
      #expect(found("\(folder)/one:\(folder)/two")?.script == "one()")
      // Paths have to be whole, and all three files have to be there.
      #expect(found("one") == nil)
      try FileManager.default.removeItem(atPath: folder + "/one/doc/libjs-dygraphs/copyright")
      #expect(found(folder + "/one") == nil)
      #expect(found("\(folder)/one:\(folder)/two")?.script == "two()")
      // What would end the script is none.
      try install("x = '</script>'", in: folder + "/two")
      #expect(found(folder + "/two") == nil)
    }
  }

  @Test func itIsInTheUsualFoldersWhereNothingIsSaid() {
    let usual = ChartLibrary.installed(["XDG_DATA_DIRS": "/usr/local/share:/usr/share"])
    #expect(ChartLibrary.installed([:]) == usual)
    #expect(ChartLibrary.installed(["XDG_DATA_DIRS": ""]) == usual)
  }
}
