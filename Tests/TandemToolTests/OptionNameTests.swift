import Foundation
import Tandem
import TandemTraining
import Testing

/// The libraries speak of settings and know no options; the tool has an option or other words for
/// each.
@Suite struct OptionNameTests {
  /// The code of the libraries' files, without lines of comments.
  private static let code: [(file: String, lines: [String])] = {
    let sources = DocumentationTests.root.appending(path: "Sources")
    let files =
      (try? FileManager.default.subpathsOfDirectory(atPath: sources.path).sorted()) ?? []
    return files.compactMap { file in
      let isCode = [".swift", ".c", ".h", ".cpp"].contains { file.hasSuffix($0) }
      guard isCode, !file.hasPrefix("tandem/"),
        let text = try? String(contentsOf: sources.appending(path: file), encoding: .utf8)
      else { return nil }
      return (file, lines(text))
    }
  }()

  private static func lines(_ text: String) -> [String] {
    text.components(separatedBy: "\n").filter {
      !$0.drop(while: \.isWhitespace).hasPrefix("//")
    }
  }

  // MARK: No options in libraries

  /// Lines in which a text has a word that begins with two dashes.
  static func options(in text: String) -> [String] {
    lines(text).filter { $0.contains(#/(^|["' (`])--(\\\(|"|[a-z%])/#) && $0.contains("\"") }
  }

  /// Of mpirun, which programs of all kinds are started with.
  private static let exceptions = [
    "TandemCollectives/Ranks/Cores/CoreWarnings.swift": "\"mpirun --map-by "
  ]

  @Test func librariesKnowNoOptions() {
    #expect(Self.code.count > 300)
    for (file, lines) in Self.code {
      let found = Self.options(in: lines.joined(separator: "\n"))
      if let exception = Self.exceptions[file] {
        #expect(found.count == 1 && found[0].contains(exception), "\(file)")
      } else {
        #expect(found == [], "\(file): name the setting in backquotes, and its option in the tool")
      }
    }
  }

  @Test func optionsInLibrariesAreFound() {
    let text = #"""
      /// As with `--seed`.
      throw Fault("use --seed 3")
      // --seed
      "--\(name) makes no sense"
      let words = ["--" + name]
      "leave it out, or "
        + "--width 2"
      "printf(\"fewer --workers\\n\");"
      for (i = n; i > 0; i--) text[i] = "a--b";
      "use `seed` 3"
      """#
    #expect(
      Self.options(in: text) == [
        #"throw Fault("use --seed 3")"#, #""--\(name) makes no sense""#,
        #"let words = ["--" + name]"#, #"  + "--width 2""#,
        #""printf(\"fewer --workers\\n\");""#,
      ])
  }

  // MARK: A word for each setting

  /// What stands between backquotes in texts; names of Swift's that are words of the language are
  /// no texts.
  static func settings(in text: String) -> Set<String> {
    Set(
      lines(text).filter { $0.contains("\"") }.flatMap { line in
        line.matches(of: #/`([^`\\]+)`/#).map { String($0.output.1) }
      })
  }

  /// The names that a text gets from a value, by the files in which it does.
  private static let computed: [String: [String]] = {
    let options = TrainingSettings.all.map(\.name)
    return [
      "TandemTraining/TrainingError.swift": options,
      "TandemTraining/Settings/SavedField.swift": options,
      "TandemTraining/Losses/LossError.swift": ["mirror", "tenCrop"],
      "TandemTraining/Optimizers/OptimizerError.swift": HyperParameter.allCases.map { "\($0)" },
      "TandemTraining/Schedules/ScheduleError.swift": ScheduleOption.allCases.map { "\($0)" },
    ]
  }()

  @Test func eachSettingHasWords() {
    let written = Self.code.reduce(into: Set<String>()) {
      $0.formUnion(Self.settings(in: $1.lines.joined(separator: "\n")))
    }
    let others = Set(Self.computed.values.joined())
    #expect(written.count > 25 && others.count > 45)
    #expect(
      written.union(others).subtracting(OptionTable.names) == [],
      "give these a line in OptionNames.swift")
    #expect(
      Set(OptionTable.names).subtracting(written.union(others)) == [],
      "no message names these of OptionNames.swift")
    #expect(Set(OptionTable.names).count == OptionTable.names.count)
  }

  /// Files that put a name together need a line above.
  @Test func computedNamesAreKnown() {
    let files = Self.code.filter { _, lines in lines.contains { $0.contains("`\\(") } }
    #expect(Set(files.map(\.file)) == Set(Self.computed.keys))
  }

  @Test func settingsInMessagesAreFound() {
    let text = #"""
      /// As with `seed`.
      "use `batchSize` 3 or `resume(from:)`"
      case `default`
        + "a path with one ` in it"
      "`\(name)` makes no sense"
      """#
    #expect(Self.settings(in: text) == ["batchSize", "resume(from:)"])
    let table = OptionTable(
      source: #"""
        static let words: [String: String] = [
          // Numbers.
          "batchSize": "--batch-size",
          "schedule": "--lr-scheduler and its options",
        ]
        let other = "a: b"
        """#)
    #expect(table.entries.map(\.name) == ["batchSize", "schedule"])
    #expect(table.words(for: "schedule") == "--lr-scheduler and its options")
  }

  @Test func optionsOfTheTableExist() throws {
    var known: Set<String> = []
    for subcommand in CommandLineTests.subcommands {
      let help = try OptionList(help: ToolRun([subcommand, "--help"]).standardOutput)
      known.formUnion(help.entries.flatMap(\.names))
    }
    let options = OptionTable.tool.entries.flatMap { entry in
      entry.words.matches(of: #/--[a-z][a-z0-9-]*/#).map { String($0.output) }
    }
    #expect(Set(options).count > 45)
    #expect(Set(options).subtracting(known) == [])
  }

  // MARK: The documented table

  /// The rows that docs/library.md should have.
  private static var rows: [String] {
    TrainingSettings.all.map { setting in
      let ranks =
        if case .mayDiffer = setting.ranks { "may differ" } else { "the same" }
      let resumed =
        switch setting.resumed {
        case .same: "the same"
        case .warns: "may differ, with a warning"
        case .mayDiffer: "may differ"
        }
      let words = OptionTable.tool.words(for: setting.name) ?? ""
      let options = words.matches(of: #/--[a-z-]+/#).map { "`\($0.output)`" }
      return "| `\(setting.name)` | \(options.joined(separator: ", ")) | \(ranks) | \(resumed) | "
        + "\(setting.changesWeights ? "yes" : "no") |"
    }
  }

  @Test func settingsAreDocumented() throws {
    let file = DocumentationTests.root.appending(path: "docs/library.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    let section = try #require(text.components(separatedBy: "\n## Settings of a training\n").last)
      .components(separatedBy: "\n## ")[0]
    let rows = section.components(separatedBy: "\n").filter { $0.hasPrefix("| `") }
    #expect(rows.sorted() == Self.rows.sorted())
    #expect(rows.count > 30)
  }
}
