import Foundation

/// The tool's table of which option is which setting, as it stands in `OptionNames.swift`: programs
/// cannot be imported.
struct OptionTable {
  /// What stands between backquotes in messages of the libraries, and the tool's words for it.
  let entries: [(name: String, words: String)]

  init(source: String) {
    entries = source.matches(of: #/(?m)^ +"([^"]+)": "([^"]+)",$/#).map {
      (String($0.output.1), String($0.output.2))
    }
  }

  static let tool: OptionTable = {
    let file = DocumentationTests.root.appending(path: "Sources/tandem/Output/OptionNames.swift")
    return OptionTable(source: (try? String(contentsOf: file, encoding: .utf8)) ?? "")
  }()

  static let names = tool.entries.map(\.name)

  func words(for name: String) -> String? { entries.first { $0.name == name }?.words }
}
