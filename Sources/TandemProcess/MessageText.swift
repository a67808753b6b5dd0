/// Paths, option values and names in files can hold anything: sequences that steer a terminal,
/// marks that turn the writing round, line ends, millions of characters. Lines and tables for
/// people show them so that they can be read and do nothing.
extension String {
  /// The longest word of a line, the longest line, and the longest cell of a table, in characters.
  private static let longestWord = 300
  private static let longestLine = 2000
  private static let longestCell = 120

  /// The text as one line of a message: long words, and the line if it is still too long, lose
  /// their middle; what is left is `escaped`.
  package var messageLine: String {
    let words = split(separator: " ", omittingEmptySubsequences: false)
    let text = words.map { $0.withoutMiddle(ifLongerThan: Self.longestWord) }.joined(separator: " ")
    return text[...].withoutMiddle(ifLongerThan: Self.longestLine).escaped
  }

  /// The text as a cell of a table.
  package var tableCell: String {
    self[...].withoutMiddle(ifLongerThan: Self.longestCell).escaped
  }

  /// A report of several lines, none of whose characters steers the terminal.
  package var escapedLines: String {
    isPrintableASCII ? self : escaping { $0 != "\n" }
  }

  /// With an escape in place of everything that could end a line, hide or steer a terminal: `\n`,
  /// `\t`, `\u{1B}`, and `\xE9` for a byte of a path that is no UTF-8 (see `PathBytes`). Other text
  /// stays as it is, backslashes too.
  package var escaped: String {
    isPrintableASCII ? self : escaping { _ in true }
  }

  private var isPrintableASCII: Bool { utf8.allSatisfy { (0x20..<0x7F).contains($0) } }

  private func escaping(_ isWanted: (Unicode.Scalar) -> Bool) -> String {
    var text = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      if scalar.isInvisible, isWanted(scalar) {
        text.append(contentsOf: scalar.escape.unicodeScalars)
      } else {
        text.append(scalar)
      }
    }
    return String(text)
  }
}

extension Substring {
  /// The beginning and the end with `…` in place of what is between them.
  fileprivate func withoutMiddle(ifLongerThan limit: Int) -> String {
    // Not counted in what people see as characters, of which one can be of any length.
    guard utf8.count > limit, unicodeScalars.count > limit else { return String(self) }
    let half = (limit - 1) / 2
    return String(unicodeScalars.prefix(half)) + "…" + String(unicodeScalars.suffix(half))
  }
}

extension Unicode.Scalar {
  /// Whether it has no shape of its own: it does something, or nobody can see it.
  var isInvisible: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse: true
    default: false
    }
  }

  var escape: String {
    switch self {
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    default:
      if let byte = PathBytes.byte(standingFor: self) {
        return "\\x" + String(byte, radix: 16, uppercase: true)
      }
      return "\\u{\(String(value, radix: 16, uppercase: true))}"
    }
  }
}
