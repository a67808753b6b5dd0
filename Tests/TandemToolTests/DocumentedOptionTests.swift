import Foundation
import Tandem
import Testing

/// docs/command-line.md tells every option of every command, and no other one.
@Suite struct DocumentedOptionTests {
  private static func document() throws -> String {
    let file = DocumentationTests.root.appending(path: "docs/command-line.md")
    return String(decoding: try Data(contentsOf: file), as: UTF8.self)
  }

  private static func help(_ command: String) throws -> OptionList {
    let run = try ToolRun([command, "--help"])
    run.expectSuccess()
    return try OptionList(help: run.standardOutput)
  }

  @Test(arguments: CommandLineTests.subcommands)
  func tablesAreThoseOfTheHelp(command: String) throws {
    var documented = try OptionList(of: command, in: try Self.document())
    // It takes all that `train` does.
    if command == "lr-find" {
      documented.entries += try OptionList(of: "train", in: try Self.document()).entries
    }
    let help = try Self.help(command)
    #expect(help.entries.contains { $0.names == ["--json"] })
    #expect(help.differences(from: documented) == [], "docs/command-line.md, \(command)")
  }

  /// The rows, and what the text says at more length, name all that there is to choose from.
  @Test(arguments: [
    ("--opt", "- Optimizers (`--opt`)", AnyOptimizer.names),
    ("--lr-scheduler", "- Schedules (`--lr-scheduler`)", Schedule.names),
    ("--loss", "- Losses (`--loss`)", Loss.Kind.allCases.map(\.rawValue)),
  ])
  func choicesAreComplete(option: String, start: String, names: [String]) throws {
    let document = try Self.document()
    let item = try #require(document.components(separatedBy: "\n\(start)").dropFirst().first)
      .components(separatedBy: "\n- ")[0]
    let rows = document.components(separatedBy: "\n").filter { $0.hasPrefix("| `\(option) ") }
    #expect(!rows.isEmpty && names.count > 1)
    for name in names {
      #expect(item.contains("`\(name)`"), "\(start)")
      for row in rows { #expect(row.contains("`\(name)`"), "\(row)") }
    }
  }

  /// Options of several commands, one of them with a short name, one without a value.
  @Test func helpIsUnderstood() throws {
    let bench = try Self.help("bench").entries
    let batchSize = OptionList.Entry(
      names: ["-b", "--batch-size"], hasValue: true, defaultValue: "100")
    #expect(bench.contains(batchSize))
    #expect(bench.contains(OptionList.Entry(names: ["--layers"], hasValue: false)))
    // The name and the value fill the column.
    let precision = OptionList.Entry(
      names: ["--precision"], hasValue: true, defaultValue: "fp32")
    #expect(bench.contains(precision))
    let train = try Self.help("train").entries
    #expect(train.count >= 55)
    let decay = OptionList.Entry(names: ["--weight-decay", "--wd"], hasValue: true)
    #expect(train.contains(decay))
    let shuffle = OptionList.Entry(names: ["--shuffle"], hasValue: true, defaultValue: "epoch")
    #expect(train.contains(shuffle))
    #expect(Set(train.map(\.names)).count == train.count)
  }

  /// Each kind of mistake in the document is found.
  @Test(arguments: [
    ("| `--steps N` | ", "| `--stops N` | ", ["--steps has 0 rows", "there is no --stops"]),
    (
      "| `--json` | ", "| `--steps N` | Number of steps | 3 |\n| `--json` | ",
      ["--steps has 2 rows"]
    ),
    ("| `--json` | ", "| `--json FILE` | ", ["--json takes no value"]),
    ("| `--steps N` | ", "| `--steps` | ", ["--steps takes a value"]),
    (" | 128 |", " | 64 |", ["-b, --batch-size has the default 128"]),
    (
      "The result as one JSON value | off |", "The result as one JSON value | |",
      ["--json is told without a meaning or a default"]
    ),
  ])
  func mistakesAreFound(right: String, wrong: String, lines: [String]) throws {
    let heading = "### Options of `plan`\n"
    let parts = try Self.document().components(separatedBy: heading)
    try #require(parts.count == 2)
    // As far as the next section.
    let own = try #require(parts[1].components(separatedBy: "\n## ").first)
    try #require(own.contains(right))
    let documented = try OptionList(
      of: "plan", in: "\n" + heading + own.replacing(right, with: wrong))
    #expect(try Self.help("plan").differences(from: documented) == lines)
  }
}
