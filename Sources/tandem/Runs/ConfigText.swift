import Yams

/// A file of options as `--print-config` writes it: those that are given, and all others with their
/// meaning, commented out.
enum ConfigText {
  /// - Parameter options: without those that make no sense in a file.
  static func text(_ options: RunOptions, _ catalogue: OptionCatalogue) throws -> String {
    var lines = ["# Options for 'tandem train --config FILE'; the command line has precedence."]
    for entry in catalogue.entries where !hidden.contains(entry.name) {
      if let value = options[entry.name] {
        let pair = try Yams.serialize(
          node: .mapping([Node(entry.name): node(value)]), width: -1, allowUnicode: true)
        lines.append(pair.trimmingCharacters(in: .newlines))
      } else {
        lines.append(
          "# \(entry.name): \(entry.defaultValue ?? "")".trimmingCharacters(in: .whitespaces)
            + "  # \(entry.meaning)")
      }
    }
    return lines.joined(separator: "\n")
  }

  /// Those of one start.
  private static let hidden: Set<String> = ["config", "print-config", "help", "version"]

  private static func node(_ value: RunOptions.Value) -> Node {
    switch value {
    case .flag: Node("true")
    case .text(let text): scalar(text)
    case .texts(let texts): .sequence(Node.Sequence(texts.map(scalar)))
    }
  }

  /// Quoted where the text alone would be something else, null for example.
  private static func scalar(_ text: String) -> Node {
    let plain = Node(text)
    let isPlain = !text.isEmpty && plain.null == nil
    return isPlain ? plain : Node(text, .implicit, .doubleQuoted)
  }
}
