import TandemProcess
import Testing

@Suite struct MessageTextTests {
  @Test(arguments: [
    ("plain: words, \"quotes\" and \\slashes", "plain: words, \"quotes\" and \\slashes"),
    ("données 数据集 🙂", "données 数据集 🙂"),
    ("a\u{1B}[31mb\u{7}", "a\\u{1B}[31mb\\u{7}"),
    ("right\u{202E}left\u{200B}\u{FEFF}", "right\\u{202E}left\\u{200B}\\u{FEFF}"),
    ("two\nlines\r\n\tand\u{2028}more\u{85}", "two\\nlines\\r\\n\\tand\\u{2028}more\\u{85}"),
    ("\u{E000}\u{10FFE9}\u{10FF80}", "\\u{E000}\\xE9\\x80"),
    ("", ""),
  ])
  func escapes(text: String, expected: String) {
    #expect(text.escaped == expected)
    #expect(text.messageLine == expected)
    #expect(text.tableCell == expected)
    #expect(expected.escaped == expected)
  }

  @Test func reportsKeepTheirLines() {
    #expect("one\ntwo\u{1B}[2J\tthree".escapedLines == "one\ntwo\\u{1B}[2J\\tthree")
  }

  @Test func longWordsLoseTheirMiddle() {
    let path = "/a" + String(repeating: "x", count: 4996) + "/z"
    let line = "cannot read \(path): file name too long; use a shorter path".messageLine
    #expect(line.hasPrefix("cannot read /axxx"))
    #expect(line.hasSuffix("xxx/z: file name too long; use a shorter path"))
    #expect(line.count < 400)
    #expect(line.count { $0 == "…" } == 1)
    let short = "cannot read " + String(repeating: "y", count: 255)
    #expect(short.messageLine == short)
  }

  @Test func longLinesLoseTheirMiddle() {
    let line = ("the value '" + String(repeating: "a ", count: 5000) + "' is invalid").messageLine
    #expect(line.hasPrefix("the value 'a a a"))
    #expect(line.hasSuffix("a a ' is invalid"))
    #expect(line.count <= 2000)
    #expect(line.messageLine == line)
    #expect(String(repeating: "b", count: 5000).tableCell.count <= 120)
  }

  /// One character for people can be of any length.
  @Test func stackedMarksCountToo() {
    let stack = "e" + String(repeating: "\u{301}", count: 5000)
    #expect(stack.messageLine.unicodeScalars.count <= 300)
  }
}
