import ArgumentParser
import Foundation

/// The options of a subcommand, by all their names: what a command line gave, without its spelling.
struct OptionCatalogue {
  /// One option or flag.
  struct Entry {
    /// The long name without dashes: `batch-size`.
    let name: String
    let takesValue: Bool
    let repeats: Bool
    /// What the help says of it.
    let meaning: String
    /// nil for none, or one that the help tells in words.
    let defaultValue: String?
    /// Every spelling, with dashes: `-b`, `--batch-size`.
    fileprivate let spellings: [String]
  }

  let entries: [Entry]
  private let bySpelling: [String: Entry]

  /// Asks the parser itself, so that no second list of options can grow old.
  init(of command: any ParsableCommand.Type) {
    let dump = Data(command._dumpHelp().utf8)
    guard let document = try? JSONDecoder().decode(Dump.self, from: dump) else {
      preconditionFailure("the parser describes \(command._commandName) in another way")
    }
    entries = document.command.arguments.compactMap { argument in
      guard let names = argument.names, let preferred = argument.preferredName else { return nil }
      return Entry(
        name: (names.first { $0.kind == "long" } ?? preferred).name,
        takesValue: argument.kind == "option", repeats: argument.isRepeating,
        meaning: argument.abstract ?? "", defaultValue: argument.defaultValue,
        spellings: names.map { ($0.kind == "long" ? "--" : "-") + $0.name })
    }
    bySpelling = Dictionary(
      entries.flatMap { entry in entry.spellings.map { ($0, entry) } }
    ) { first, _ in first }
  }

  /// An option by its long name without dashes.
  func entry(named name: String) -> Entry? { bySpelling["--" + name] }

  /// The options among the words after a subcommand's name. Words that the parser would refuse are
  /// left to it.
  func options(in words: [String]) -> RunOptions {
    var options = RunOptions()
    var rest = words[...]
    while let word = rest.popFirst() {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let entry = bySpelling[String(parts[0])] else { continue }
      guard entry.takesValue else {
        options.set(.flag, for: entry.name)
        continue
      }
      if parts.count == 1, Self.optionalNumbers.contains(entry.name),
        rest.first.map({ Int($0) == nil }) ?? true
      {
        options.set(.flag, for: entry.name)
        continue
      }
      guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else { break }
      if entry.repeats, case .texts(let former) = options[entry.name] {
        options.set(.texts(former + [value]), for: entry.name)
      } else {
        options.set(entry.repeats ? .texts([value]) : .text(value), for: entry.name)
      }
    }
    return options
  }

  /// Options that may stand without their number.
  private static let optionalNumbers: Set<String> = ["live"]

  /// What the parser says of a subcommand, as much of it as is needed here.
  private struct Dump: Decodable {
    struct Command: Decodable { let arguments: [Argument] }

    struct Argument: Decodable {
      let kind: String
      let isRepeating: Bool
      let abstract: String?
      let defaultValue: String?
      let names: [Name]?
      let preferredName: Name?
    }

    struct Name: Decodable {
      let kind: String
      let name: String
    }

    let command: Command
  }
}
