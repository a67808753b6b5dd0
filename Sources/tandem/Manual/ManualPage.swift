import Foundation

/// A page for `man`, in the macros of man(7), which groff and mandoc both know.
struct ManualPage {
  /// `tandem-train`
  let name: String
  /// What is typed: `tandem train`.
  private let typed: String
  private let command: ManualCommandText
  /// The pages to look at besides.
  private let others: [String]

  /// - Parameter tool: whose subcommand it is; nil for the tool itself.
  init(_ command: ManualCommandText, of tool: ManualCommandText? = nil) {
    self.command = command
    typed = (tool.map { $0.commandName + " " } ?? "") + command.commandName
    name = typed.replacing(" ", with: "-")
    let names = (tool ?? command).shownSubcommands.map {
      "\((tool ?? command).commandName)-\($0.commandName)"
    }
    others =
      tool == nil ? names : [(tool ?? command).commandName] + names.filter { [name] in $0 != name }
  }

  var text: String {
    var lines = [
      ".\\\" Made by 'tandem manual' from the help texts.",
      ".TH \(Self.quoted(name.uppercased())) 1 \(toolDate) "
        + "\(Self.quoted("tandem " + toolVersion)) \(Self.quoted("Commands of Tandem"))",
      // Paths and options are not broken at their dashes.
      ".nh", ".SH NAME",
      "\(Self.escaped(name)) \\- \(Self.escaped(Self.withoutStop(command.abstract ?? "")))",
      ".SH SYNOPSIS",
    ]
    lines += synopsis
    let (prose, examples) = discussion
    lines += [".SH DESCRIPTION", Self.text(command.abstract ?? "")]
    for paragraph in prose { lines += [".PP", Self.text(paragraph)] }
    lines += command.shownSubcommands.isEmpty ? options : subcommands
    lines += [
      ".SH EXIT STATUS",
      "0 for success, 64 for a command line that makes no sense, 1 for everything else.",
    ]
    if !examples.isEmpty {
      lines += [".SH EXAMPLES", ".nf"] + examples.map(Self.text) + [".fi"]
    }
    lines += [".SH SEE ALSO"]
    lines += others.enumerated().map { number, other in
      ".BR \(Self.escaped(other)) (1)" + (number == others.count - 1 ? "" : ",")
    }
    return lines.joined(separator: "\n")
  }

  private var synopsis: [String] {
    if !command.shownSubcommands.isEmpty {
      return [".B \(Self.escaped(typed))", ".I subcommand", "[\\fIoption\\fR ...]"]
    }
    var lines = [".B \(Self.escaped(typed))"]
    for argument in command.shownArguments where !argument.isOptional && !argument.isPositional {
      lines.append(Self.spelling(argument))
    }
    lines.append("[\\fIoption\\fR ...]")
    for argument in command.shownArguments where argument.isPositional {
      let value = "\\fI\(Self.escaped(argument.valueName ?? "value"))\\fR"
      let text = value + (argument.isRepeating ? " ..." : "")
      lines.append(argument.isOptional ? "[\(text)]" : text)
    }
    return lines
  }

  /// The paragraphs of the discussion, and the lines below "Example:".
  private var discussion: (prose: [String], examples: [String]) {
    let parts = (command.discussion ?? "").components(separatedBy: "Example:\n")
    let prose = parts[0].components(separatedBy: "\n\n").map {
      $0.split(whereSeparator: \.isNewline).joined(separator: " ")
    }.filter { !$0.isEmpty }
    guard parts.count == 2 else { return (prose, []) }
    return (prose, parts[1].split(separator: "\n").map { String($0.drop { $0 == " " }) })
  }

  private var subcommands: [String] {
    [".SH SUBCOMMANDS"]
      + command.shownSubcommands.flatMap { entry in
        [
          ".TP", ".B \(Self.escaped(entry.commandName))", Self.text(entry.abstract ?? ""),
        ]
      }
  }

  /// All options, by the titles under which the help has them.
  private var options: [String] {
    var lines: [String] = []
    var titles: [String?] = []
    for argument in command.shownArguments where !titles.contains(argument.sectionTitle) {
      titles.append(argument.sectionTitle)
    }
    lines.append(".SH OPTIONS")
    for title in titles.sorted(by: { ($0 == nil ? 0 : 1) < ($1 == nil ? 0 : 1) }) {
      if let title { lines.append(".SS \(Self.quoted(title))") }
      for argument in command.shownArguments where argument.sectionTitle == title {
        lines += [".TP", Self.spelling(argument), Self.text(Self.meaning(argument))]
      }
    }
    return lines
  }

  /// `-b`, `--batch-size` n
  private static func spelling(_ argument: ManualCommandText.Argument) -> String {
    let value = argument.valueName.map { "\\fI\(escaped($0))\\fR" } ?? ""
    if argument.isPositional { return value }
    let names = (argument.names ?? []).sorted { $0.name.count < $1.name.count }
      .map { "\\fB\(escaped($0.spelling))\\fR" }.joined(separator: ", ")
    return argument.takesValue ? names + " " + value : names
  }

  private static func meaning(_ argument: ManualCommandText.Argument) -> String {
    var text = argument.abstract ?? ""
    if let values = argument.allValues, !values.isEmpty {
      text += " One of " + values.joined(separator: ", ") + "."
    }
    if let value = argument.defaultValue, !text.contains("(default: ") {
      text += " (default: \(value))"
    }
    return text.isEmpty ? "Shown as it is." : text
  }

  // MARK: Letters

  /// A line of text, which must not begin as a request does.
  private static func text(_ line: String) -> String {
    let line = escaped(line)
    return line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : line
  }

  private static func quoted(_ word: String) -> String {
    "\"" + escaped(word).replacing("\"", with: "\\(dq") + "\""
  }

  /// Dashes that can be copied, backslashes, and letters beyond ASCII by their numbers.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case "'": result += "\\(aq"
      case "`": result += "\\(ga"
      case "^": result += "\\(ha"
      case "~": result += "\\(ti"
      case _ where scalar.value < 128: result.unicodeScalars.append(scalar)
      case _: result += "\\[u" + hexadecimal(scalar) + "]"
      }
    }
    return result
  }

  private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  private static func withoutStop(_ text: String) -> String {
    text.hasSuffix(".") ? String(text.dropLast()) : text
  }
}
