import Foundation
import Testing

/// What other programs call an option leads to what it is called here.
@Suite struct ForeignSpellingTests {
  @Test(arguments: [
    ("train --model lenet --learning-rate 0.1", "'--learning-rate': here it is --lr;"),
    ("train --model lenet --learning_rate=0.1", "here it is --lr;"),
    ("train --model lenet --batch_size 3", "'--batch_size': here it is --batch-size;"),
    ("train --num-epochs 3 --model lenet", "here it is --epochs;"),
    ("train --model lenet --weight_decay 1", "here it is --weight-decay;"),
    ("train --model lenet --amp", "here it is --precision bf16;"),
    ("train --model lenet --gpus 4", "the cores of the processor compute here"),
    ("lr-find --model lenet --optimizer adam", "here it is --opt;"),
    ("evaluate --weights run --checkpoint run", "here it is --weights;"),
    ("bench --arch lenet", "here it is --model;"),
  ])
  func hints(line: String, words: String) throws {
    let command = line.prefix { $0 != " " }
    try ToolRun(line).expectFailure(
      naming: "Unknown option '--", words, "see 'tandem \(command) --help'")
  }

  /// Options that a command does not have are not named there.
  @Test func onlyWhatThereIs() throws {
    let run = try ToolRun("evaluate --weights run --learning-rate 0.1")
    run.expectFailure(naming: "--learning-rate")
    #expect(!run.standardError.contains("here it is"))
  }

  /// Each name here exists, and none of the foreign ones is one of ours with another meaning.
  @Test func namesAreThoseOfOptions() throws {
    let file = DocumentationTests.root.appending(
      path: "Sources/tandem/Output/ForeignSpellings.swift")
    let source = try String(contentsOf: file, encoding: .utf8)
    let pairs = source.matches(of: #/"([a-z0-9-]+)": \(?"([a-z0-9-]+)"/#)
      .map { (String($0.output.1), String($0.output.2)) }
    #expect(pairs.count > 120 && Set(pairs.map(\.0)).count == pairs.count)
    var known: [String: Set<String>] = [:]
    for subcommand in CommandLineTests.subcommands {
      let help = try OptionList(help: ToolRun([subcommand, "--help"]).standardOutput)
      known[subcommand] = Set(help.entries.flatMap(\.names))
    }
    let all = known.values.reduce(into: Set<String>()) { $0.formUnion($1) }
    for (foreign, own) in pairs {
      #expect(all.contains("--" + own), "--\(own)")
      for (subcommand, names) in known where names.isSuperset(of: ["--" + foreign, "--" + own]) {
        Issue.record("\(subcommand) has --\(foreign) itself")
      }
    }
  }
}
