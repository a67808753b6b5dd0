import Foundation

/// Tandem's own words for terminals that show ASCII only, as the locale tells.
package enum TerminalText {
  /// Whether the locale's characters are those of Unicode.
  package static let showsUnicode = showsUnicode(ProcessInfo.processInfo.environment)

  /// POSIX, "Environment Variables": the first of these that is set and not empty counts.
  package static func showsUnicode(_ environment: [String: String]) -> Bool {
    let locale =
      ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }
      .first { !$0.isEmpty } ?? ""
    let name = locale.lowercased()
    return name.contains("utf-8") || name.contains("utf8")
  }

  /// `2 ranks × 1 worker` → `2 ranks x 1 worker`. Names of files and classes, whose letters have no
  /// likeness, stay as they are.
  package static func plain(_ text: String) -> String {
    text.unicodeScalars.allSatisfy(\.isASCII)
      ? text : text.map { likeness[$0] ?? line($0) ?? String($0) }.joined()
  }

  /// Of the letters that lines of tables and boxes are made of.
  private static func line(_ letter: Character) -> String? {
    guard let scalar = letter.unicodeScalars.first, (0x2500...0x257F).contains(scalar.value)
    else { return nil }
    switch letter {
    case "─", "━", "┄", "┈", "╌": return "-"
    case "│", "┃", "┆", "┊", "║": return "|"
    case "═": return "="
    default: return "+"
    }
  }

  private static let likeness: [Character: String] = [
    "×": "x", "–": "-", "—": "-", "’": "'", "‘": "'", "“": "\"", "”": "\"", "…": ".", "·": ".",
    "\u{A0}": " ", "\u{202F}": " ", "•": "*", "±": "+-",
    "µ": "u", "→": "->", "°": "deg",
  ]
}
