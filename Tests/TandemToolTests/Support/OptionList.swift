import Foundation
import Testing

/// What a command's `--help`, or its table in docs/command-line.md, says of each option.
struct OptionList {
  struct Entry: Equatable {
    /// `-b` and `--batch-size`, for example.
    var names: [String]
    /// Whether a value follows.
    var hasValue: Bool
    /// Without backticks; nil where a help text tells none.
    var defaultValue: String?
  }

  var entries: [Entry] = []

  /// The options that `--help` lists, without those that all commands have.
  init(help: String) throws {
    let option = try Regex(
      "  ((?:-[a-z], )?--[a-z0-9-]+(?:, --[a-z0-9-]+)*)"
        + "( \\[?<[^ ]+>\\]?)?(?: +.*)?")
    var texts: [String] = []
    var isOption = false
    for line in help.components(separatedBy: "\n") {
      if let match = try option.wholeMatch(in: line), let names = match.output[1].substring {
        isOption = true
        texts.append(line)
        entries.append(
          Entry(
            names: names.components(separatedBy: ", "), hasValue: match.output[2].range != nil))
      } else if !line.hasPrefix("   ") {
        isOption = false
      } else if isOption {
        texts[texts.count - 1] += " " + line.trimmingCharacters(in: .whitespaces)
      }
    }
    let stated = try Regex("[(;] ?default: ([^)]*)\\)")
    for (index, text) in texts.enumerated() {
      entries[index].defaultValue = try stated.firstMatch(in: text)?.output[1].substring
        .map(String.init)
    }
    entries.removeAll { !Self.common.isDisjoint(with: $0.names) }
  }

  private static let common: Set = ["--version", "--help"]

  /// The rows of the tables below the heading "Options of `command`".
  init(of command: String, in document: String) throws {
    let heading = "\n### Options of `\(command)`\n"
    let parts = document.components(separatedBy: heading)
    try #require(parts.count == 2, "one heading \(heading)")
    let lines = parts[1].components(separatedBy: "\n").prefix { !$0.hasPrefix("#") }
    let name = try Regex("`(--?[a-z0-9-]+)([^`]*)`")
    for line in lines where line.hasPrefix("| `") {
      // A bar inside of a cell has a backslash before it.
      let cells = line.replacing("\\|", with: "\u{0}").components(separatedBy: "|").map {
        $0.replacing("\u{0}", with: "|").trimmingCharacters(in: .whitespaces)
      }
      try #require(cells.count == 5, "a row of three cells: \(line)")
      let options = cells[1].matches(of: name)
      entries.append(
        Entry(
          names: options.compactMap { $0.output[1].substring.map(String.init) },
          hasValue: options.contains { $0.output[2].substring?.isEmpty == false },
          defaultValue: cells[3].replacing("`", with: "")))
      if cells[2].isEmpty || cells[3].isEmpty { entries[entries.count - 1].defaultValue = nil }
    }
  }

  /// In what a document's table differs from this help text, one line each.
  func differences(from documented: OptionList) -> [String] {
    var lines: [String] = []
    for entry in entries {
      let name = entry.names.joined(separator: ", ")
      let rows = documented.entries.filter { $0.names == entry.names }
      guard rows.count == 1, let row = rows.first else {
        lines.append("\(name) has \(rows.count) rows")
        continue
      }
      if row.hasValue != entry.hasValue {
        lines.append("\(name) \(entry.hasValue ? "takes a value" : "takes no value")")
      }
      if let defaultValue = entry.defaultValue, row.defaultValue != defaultValue {
        lines.append("\(name) has the default \(defaultValue)")
      } else if row.defaultValue == nil {
        lines.append("\(name) is told without a meaning or a default")
      }
    }
    for row in documented.entries where !entries.contains(where: { $0.names == row.names }) {
      lines.append("there is no \(row.names.joined(separator: ", "))")
    }
    return lines
  }
}
