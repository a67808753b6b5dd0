import Foundation
import Tandem
import TestSupport
import Testing

/// README.md and docs/ are true: their commands run, their Swift code compiles, their links lead
/// somewhere.
@Suite(.serialized) struct DocumentationTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  static let documents = [
    "README.md", "docs/cluster.md", "docs/command-line.md", "docs/data.md", "docs/experiments.md",
    "docs/export.md",
    "docs/glossary.md", "docs/how-it-works.md", "docs/insight.md", "docs/library.md",
    "docs/live.md",
    "docs/parallelism.md",
    "docs/pictures.md",
    "docs/systems.md", "docs/transfer.md",
  ]

  private static func text(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: root.appending(path: path)), as: UTF8.self)
  }

  /// The lines of all code blocks of a language.
  private static func blocks(_ language: String, in document: String) throws -> [[String]] {
    var blocks: [[String]] = []
    var isInside = false
    for line in try text(document).split(separator: "\n", omittingEmptySubsequences: false) {
      if isInside {
        if line == "```" { isInside = false } else { blocks[blocks.count - 1].append(String(line)) }
      } else if line == "```\(language)" {
        isInside = true
        blocks.append([])
      }
    }
    return blocks
  }

  private static func commands(in document: String) throws -> [String] {
    let text = try blocks("sh", in: document).joined().joined(separator: "\n")
    return text.replacing("\\\n", with: " ").split(separator: "\n")
      .filter { $0.hasPrefix("tandem ") }.map { String($0.dropFirst("tandem ".count)) }
  }

  /// Those that `mpirun` or the local cluster starts, without the words before the subcommand.
  private static func rankedCommands(in document: String) throws -> [String] {
    let text = try blocks("sh", in: document).joined().joined(separator: "\n")
    return text.replacing("\\\n", with: " ").split(separator: "\n")
      .filter { $0.hasPrefix("mpirun ") || $0.hasPrefix("Cluster/local-cluster run ") }
      .compactMap { $0.components(separatedBy: " tandem ").last }
  }

  private static let dataFolder: URL? = {
    let folder =
      ProcessInfo.processInfo.environment["TANDEM_DATA"].map { URL(filePath: $0) }
      ?? root.deletingLastPathComponent().appending(path: "shared/data")
    let example = folder.appending(path: "fashion-mnist").path
    return FileManager.default.fileExists(atPath: example) ? folder : nil
  }()

  /// Whether a help text has the option, not just a longer one that begins so.
  private static func mentions(_ help: String, _ option: Substring) -> Bool {
    help.ranges(of: option).contains { range in
      range.upperBound < help.endIndex && [" ", ",", "\n"].contains(help[range.upperBound])
    }
  }

  /// One after the other in one folder, as a reader would type them.
  @Test(arguments: ["README.md", "docs/command-line.md"])
  func commandsRun(document: String) throws {
    let folder = try TemporaryFolder()
    try NumPyArray(shape: [2, 24, 24], storage: .uint8(Array(repeating: 90, count: 1152)))
      .write(to: folder.path("images.npy"))
    let commands = try Self.commands(in: document)
    #expect(commands.count >= 6)
    for command in commands {
      var arguments = command.split(separator: " ").map(String.init)
      // A server of our own has the files in the tests of this command.
      if arguments.starts(with: ["data", "fetch"]) { continue }
      if arguments.contains("fashion-mnist") {
        guard let data = Self.dataFolder else { continue }
        arguments = arguments.map {
          $0 == "fashion-mnist" ? data.appending(path: "fashion-mnist").path : $0
        }
        arguments += ["--limit-train", "500", "--limit-test", "100"]
      }
      let run = try ToolRun(arguments, in: folder.url)
      #expect(run.exitCode == 0, "tandem \(command): \(run.standardError)")
    }
  }

  /// The experiments' commands on small data sets, with one small step each.
  @Test func commandsOfExperimentsRun() throws {
    let folder = try TemporaryFolder()
    _ = try IDXFolder(in: folder, name: "fashion-mnist", train: 200, side: 28)
    _ = try CIFARFolder(in: folder)
    try CentredPixelsTests.run(in: folder, then: ["models"]).expectSuccess()
    let commands = try Self.commands(in: "docs/experiments.md")
    #expect(commands.count >= 15)
    for command in commands {
      var arguments = command.split(separator: " ").map(String.init)
      if ["train", "bench"].contains(arguments[0]) {
        arguments += ["--steps", "1", "--batch-size", "16"]
      }
      if arguments[0] == "bench" { arguments += ["--warm-up", "1"] }
      let run = try ToolRun(arguments, in: folder.url)
      #expect(run.exitCode == 0, "tandem \(command): \(run.standardError)")
    }
  }

  /// What stands below a command whose output is always the same is that output; `…` is what was
  /// left out.
  @Test(arguments: [
    "README.md", "docs/command-line.md", "docs/experiments.md", "docs/parallelism.md",
  ])
  func outputsAreReal(document: String) throws {
    let blocks = try Self.text(document).components(separatedBy: "```sh\n").dropFirst()
    var checked = 0
    for block in blocks {
      let parts = block.components(separatedBy: "\n```\n\n```text\n")
      guard parts.count == 2, parts[0].hasPrefix("tandem summary") || parts[0] == "tandem models",
        let shown = parts[1].components(separatedBy: "\n```").first
      else { continue }
      let run = try ToolRun(String(parts[0].dropFirst("tandem ".count)))
      var rest = run.standardOutput.components(separatedBy: "\n")[...]
      var mayLeaveOut = false
      for line in shown.components(separatedBy: "\n") {
        if line == "…" {
          mayLeaveOut = true
          continue
        }
        let place = try #require(rest.firstIndex(of: line), "\(parts[0]): \(line)")
        #expect(mayLeaveOut || place == rest.startIndex, "\(parts[0]): \(line)")
        rest = rest[(place + 1)...]
        mayLeaveOut = false
      }
      #expect(mayLeaveOut || rest == [""], "\(parts[0])")
      checked += 1
    }
    #expect(checked >= 1)
  }

  /// Those that need no other hosts, with fewer steps.
  @Test(.enabled(if: MPIRun.isInstalled, "needs mpirun"))
  func commandsOfAJobRun() throws {
    let folder = try TemporaryFolder()
    let commands = try Self.rankedCommands(in: "docs/cluster.md").filter {
      !$0.contains("run-of-4")
    }
    #expect(commands.count >= 4)
    for command in commands {
      let quick =
        switch command.prefix(while: { $0 != " " }) {
        case "bench": command + " --steps 3 --warm-up 1"
        case "bench-exchange": command.replacing("244", with: "2")
        case "train": command.replacing("run-of-2", with: folder.path("run"))
        default: command + " -b 1"
        }
      try RankedRun.run(2, quick, options: ["--bind-to", "none"]).expectSuccess()
    }
  }

  @Test(arguments: documents)
  func optionsExist(document: String) throws {
    for command in try Self.commands(in: document) + Self.rankedCommands(in: document) {
      let words = command.split(separator: " ")
      let help = try ToolRun([String(words[0]), "--help"])
      help.expectSuccess()
      for word in words where word.hasPrefix("--") {
        #expect(Self.mentions(help.standardOutput, word), "\(command)")
      }
    }
  }

  /// Options in running text, such as `--grad-accum-steps N`.
  @Test(arguments: documents)
  func optionsInProseExist(document: String) throws {
    var help = ""
    for subcommand in CommandLineTests.subcommands {
      help += try ToolRun([subcommand, "--help"]).standardOutput
    }
    let pattern = try Regex("`(--[a-z0-9-]+)")
    for match in try Self.text(document).matches(of: pattern) {
      let option = try #require(match.output[1].substring)
      #expect(Self.mentions(help, option), "\(option)")
    }
  }

  /// The next steps that `make demo` suggests.
  @Test func demoSuggestsCommandsThatExist() throws {
    let lines = try Self.text("scripts/demo.sh").replacing("\\\\\n", with: " ").split(
      separator: "\n")
    let commands = lines.filter { $0.hasPrefix("  $tandem ") }
    #expect(commands.count >= 5)
    for command in commands {
      let words = command.split(separator: " ").dropFirst()
      let subcommand = try #require(words.first)
      let help = try ToolRun([String(subcommand), "--help"])
      help.expectSuccess()
      for word in words where word.hasPrefix("--") {
        #expect(Self.mentions(help.standardOutput, word), "\(command)")
      }
    }
  }

  @Test(arguments: documents)
  func swiftCodeIsCompiledByTheTests(document: String) throws {
    func significant(_ lines: [String]) -> String {
      lines.map { $0.trimmingCharacters(in: .whitespaces) }
        .filter { !$0.isEmpty && !$0.hasPrefix("import ") }.joined(separator: "\n")
    }
    let sources = ["TandemToolTests/Examples", "TandemImageTests/PicturesDocumentationTests"]
    let compiled = try sources.map {
      significant(try Self.text("Tests/\($0).swift").components(separatedBy: "\n"))
    }.joined(separator: "\n")
    for block in try Self.blocks("swift", in: document) {
      #expect(compiled.contains(significant(block)))
    }
  }

  /// The table of JSON keys has exactly those that the tool prints.
  @Test func jsonKeysAreDocumented() throws {
    let folder = try TemporaryFolder()
    try NumPyArray(shape: [1, 24, 24], storage: .uint8(Array(repeating: 90, count: 576)))
      .write(to: folder.path("x.npy"))
    let lines = [
      "train --model mlp --data shapes:50,20 --epochs 1 --output run --json",
      "lr-find --model mlp --data shapes:200,20 --lr-steps 60 --json",
      "evaluate --weights run --data shapes:50,20 --json",
      "predict --weights run --input x.npy --output y.npy --json", "models --json",
      "summary lenet --json",
      "plan --model lenet --mesh 1x2 -b 8 --steps 1 --json",
      "gradcheck mlp --samples 1 --json", "bench --model mlp --steps 2 --warm-up 1 --json",
      "doctor -b 1 --json", "show-batch --data shapes:50,20 --output sheet.png --json",
      "augment --input sheet.png --output more.png --json", "show run --json",
      "train --model lenet --data shapes:50,20 --epochs 1 --output convolutions --json",
      "explain sheet.png --weights convolutions --output e.png --json",
      "activations --input sheet.png --weights convolutions --layers conv1 --output a.png --json",
      "filters --weights convolutions --output f.png --json",
      "ascend --weights convolutions --layer conv1 --steps 2 --output u.png --json",
      "embed --weights convolutions --layer pool1 --data shapes:50,20 --output m.png --json",
      "plot run --output p.png --json", "report run --output r.html --json",
      "export run model.onnx --json",
      "train --model mlp --data shapes:50,20 --epochs 1 --lr 0.1 --output run2 --json",
      "diff run run2 --json", "runs . --json",
    ]
    let rows = try Self.text("docs/command-line.md").components(separatedBy: "\n")
    for line in lines {
      let subcommand = String(line.prefix { $0 != " " })
      let run = try ToolRun(line, in: folder.url)
      run.expectSuccess()
      let object = try JSONSerialization.jsonObject(with: Data(run.standardOutput.utf8))
      let printed = try #require(
        object as? [String: Any] ?? (object as? [[String: Any]])?.first)
      let row = try #require(rows.first { $0.hasPrefix("| `\(subcommand)` | `") })
      // What stands in parentheses are values and keys further inside.
      let documented = row.components(separatedBy: " | ")[1]
        .replacing(try Regex("\\([^)]*\\)"), with: "")
        .matches(of: try Regex("`([A-Za-z0-9]+)`")).compactMap { $0.output[1].substring }
      let ofMeshes: Set<String> = subcommand == "bench" ? ["mesh", "parallelism"] : []
      let ofPictures: Set<String> = subcommand == "predict" ? ["pictures", "failures"] : []
      let ofDetails: Set<String> =
        subcommand == "evaluate"
        ? ["topLosses", "topLossesSheet", "predictions", "against", "calibration"] : []
      let ofTrainings: Set<String> = subcommand == "train" ? ["average", "best"] : []
      let ofCurves: Set<String> = subcommand == "lr-find" ? ["picture"] : []
      let optional = ofMeshes.union(ofCurves).union(ofTrainings).union(ofPictures).union(ofDetails)
        .union(["controlGroupCpuLimit", "operators", "peakMemoryBytes", "pointwiseVectors"])
      #expect(
        Set(printed.keys).subtracting(optional)
          == Set(documented.map(String.init)).subtracting(optional), "\(subcommand)")
    }
  }

  /// Those of the placement too, which are other ones.
  @Test func jsonKeysOfPlacementsAreDocumented() throws {
    let run = try ToolRun("summary lenet --parallelism model --mesh 1x2 --json")
    run.expectSuccess()
    let printed = try JSONSerialization.jsonObject(with: Data(run.standardOutput.utf8))
    let rows = try Self.text("docs/command-line.md").components(separatedBy: "\n")
    let row = try #require(rows.first { $0.hasPrefix("| `summary --parallelism` | ") })
    let documented = Set(
      row.components(separatedBy: " | ")[1].matches(of: try Regex("`([A-Za-z0-9]+)`"))
        .compactMap { $0.output[1].substring }.map(String.init))
    func keys(_ value: Any) -> Set<String> {
      switch value {
      case let object as [String: Any]:
        object.values.reduce(Set(object.keys)) { $0.union(keys($1)) }
      case let list as [Any]: list.reduce([]) { $0.union(keys($1)) }
      default: []
      }
    }
    #expect(keys(printed) == documented)
  }

  @Test(arguments: documents)
  func linksAndFilesExist(document: String) throws {
    let folder = Self.root.appending(path: document).deletingLastPathComponent()
    for match in try Self.text(document).matches(of: try Regex("\\]\\(([^)#:]+)\\)")) {
      let target = try #require(match.output[1].substring)
      #expect(
        FileManager.default.fileExists(atPath: folder.appending(path: String(target)).path),
        "\(target)")
    }
    for match in try Self.text(document).matches(of: try Regex("`((Sources|Tests)/[^`]+)`")) {
      let target = try #require(match.output[1].substring)
      #expect(
        FileManager.default.fileExists(atPath: Self.root.appending(path: String(target)).path),
        "\(target)")
    }
  }
}
