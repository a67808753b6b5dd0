import Foundation
import TestSupport
import Testing

/// Trainings that were given no folder for their results.
@Suite(.serialized) struct OwnFolderTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private static let line = "train --model mlp --data shapes:50,20 --epochs 1"

  private struct Report: Decodable { let output: String? }

  private func runs() throws -> [String] {
    let path = folder.path("runs")
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }

  /// All that there is in the folder, but for runs' results.
  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
  }

  @Test func eachRunHasOne() throws {
    let run = try ToolRun(Self.line, in: folder.url)
    run.expectSuccess()
    let name = try #require(runs().first)
    #expect(
      try Regex("mlp-shapes-50-20-2[0-9]{3}-[0-9]{2}-[0-9]{2}-1").wholeMatch(in: name) != nil,
      "\(name)")
    #expect(run.errorLines.contains("tandem: no --output given: the run is kept in runs/\(name)"))
    // Its last lines say where it is and how to go on, in lines that work.
    #expect(run.standardOutput.contains("runs/\(name) holds run.json"))
    for (start, more) in [("Measure it: tandem ", ""), ("Train it longer: tandem ", " --json")] {
      let line = try #require(run.lines.first { $0.hasPrefix(start) })
      try ToolRun(String(line.dropFirst(start.count)) + more, in: folder.url).expectSuccess()
    }
    try ToolRun("show runs/\(name)", in: folder.url).expectSuccess()
    // The next one is beside it, also where one in between was removed.
    try FileManager.default.moveItem(
      atPath: folder.path("runs/\(name)"), toPath: folder.path("runs/\(name)7"))
    let next = try ToolRun(Self.line + " --json", in: folder.url).json(as: Report.self)
    #expect(next.output == "runs/\(name.dropLast())18")
    #expect(try runs().count == 2 && names() == ["runs"])
    // A list of runs has them, from above too.
    for place in ["runs runs", "runs"] {
      let list = try ToolRun(place, in: folder.url)
      list.expectSuccess()
      #expect(list.standardOutput.contains("\(name)7"), "\(list.standardOutput)")
    }
  }

  @Test func interruptedRunsSayHowTheyGoOn() throws {
    let run = try ToolRun(Self.line + " --epochs 3 --steps 1", in: folder.url)
    run.expectSuccess()
    let start = "Go on with it: tandem "
    let line = try #require(run.lines.first { $0.hasPrefix(start) })
    let resumed = try ToolRun(String(line.dropFirst(start.count)), in: folder.url)
    resumed.expectSuccess()
    #expect(resumed.standardOutput.contains("3 steps"))
    #expect(try runs().count == 1)
  }

  @Test func runsAtOnceShareNone() throws {
    let run = try ToolRun(
      [],
      shell: """
        { for i in 1 2 3 4 5 6; do "$1" \(Self.line) --json 2>&1 > $i.json & done; } | cat >&2
        cat ?.json | grep '"output"' | sort -u | wc -l
        """, in: folder.url)
    #expect(run.standardOutput == "6\n", "\(run.standardError)")
    let runs = try runs()
    #expect(runs.count == 6)
    for name in runs {
      #expect(FileManager.default.fileExists(atPath: folder.path("runs/\(name)/run.json")))
    }
  }

  @Test(.enabled(if: MPIRun.isInstalled, "needs mpirun"))
  func ranksHaveOneTogether() throws {
    let words = (Self.line + " --workers 1 --json").split(separator: " ").map(String.init)
    let job = try MPIRun(
      ranks: 2, program: "tandem", words, in: folder.url, timeoutSeconds: 120
    ).wait()
    let output = try #require(try job.json(as: Report.self).output)
    #expect(try ["runs/" + (#require(runs().first))] == [output] && runs().count == 1)
    #expect(job.errors.components(separatedBy: "no --output given").count == 2)
    try ToolRun("show \(output)", in: folder.url).expectSuccess()
  }

  @Test func namesAreThoseOfFolders() throws {
    let data = try IDXFolder(in: folder, name: "a b;\u{e9}$")
    let words = ["train", "--model", "mlp", "--epochs", "1", "--data"]
    for path in [data.name + "/", data.path, "."] {
      try ToolRun(words + [path], in: path == "." ? URL(filePath: data.path) : folder.url)
        .expectSuccess()
    }
    #expect(try runs().map { $0.prefix(11) } == ["mlp-a-b-\u{e9}-2", "mlp-a-b-\u{e9}-2"])
    #expect(try runs().map(\.last) == ["1", "2"])
    let own = try FileManager.default.contentsOfDirectory(atPath: data.path + "/runs")
    #expect(own.count == 1 && own[0].hasPrefix("mlp-a-b-\u{e9}-2"))
  }

  @Test func nothingIsKeptWhereNothingIsToBeKept() throws {
    let plain = try ToolRun(Self.line + " --no-output --json", in: folder.url)
    #expect(try plain.json(as: Report.self).output == nil)
    try ToolRun("train --model mlp --steps 1 --no-output", in: folder.url).expectSuccess()
    for line in [
      Self.line + " --dry-run", "lr-find --model mlp --data shapes:640,20 --lr-steps 60 --lr-to 1",
      "bench --model mlp --steps 1 --warm-up 1",
    ] {
      try ToolRun(line, in: folder.url).expectSuccess()
    }
    #expect(try names() == [])
    // Nor in the folder of a run that goes on.
    try ToolRun(Self.line + " --output run", in: folder.url).expectSuccess()
    let before = try folder.contents()
    let longer = try ToolRun("train --resume run --epochs 2 --no-output", in: folder.url)
    longer.expectSuccess()
    #expect(longer.standardOutput.contains("2 steps"))
    #expect(try folder.contents() == before)
  }

  /// A file's word and that of the command line, which has precedence.
  @Test func filesSaySoToo() throws {
    try folder.write(Array("no-output: true\n".utf8), to: "none.yaml")
    try folder.write(Array("output: named\n".utf8), to: "named.yaml")
    try ToolRun(Self.line + " --config none.yaml", in: folder.url).expectSuccess()
    try ToolRun(Self.line + " --config named.yaml --no-output", in: folder.url).expectSuccess()
    #expect(try names() == ["named.yaml", "none.yaml"])
    try ToolRun(Self.line + " --config none.yaml --output run", in: folder.url).expectSuccess()
    try ToolRun(Self.line + " --config named.yaml", in: folder.url).expectSuccess()
    #expect(try names() == ["named", "named.yaml", "none.yaml", "run"])
  }

  @Test(arguments: [
    ("--no-output --output run", "give one of them"),
    ("--no-output --checkpoint-every-steps 2", "leave out --no-output"),
    ("--no-output --overwrite", "name it with --output"),
  ])
  func whatMakesNoSenseIsRefused(options: String, part: String) throws {
    let run = try ToolRun("\(Self.line) \(options)", in: folder.url)
    run.expectFailure(naming: part)
    #expect(try run.exitCode == 64 && names() == [])
  }

  /// What was made for a run that could not begin goes again.
  @Test func runsThatCannotBeginLeaveNothing() throws {
    try ToolRun(Self.line + " --keep-best val-loss", in: folder.url)
      .expectFailure(naming: "--val-split")
    #expect(try names() == [])
    try ToolRun(Self.line, in: folder.url).expectSuccess()
    try ToolRun(Self.line + " --early-stopping 2", in: folder.url)
      .expectFailure(naming: "--val-split")
    #expect(try runs().count == 1)
  }

  /// A folder in which nobody can write, whoever it is.
  @Test func aPlaceThatCannotBeWrittenIsNamed() throws {
    let words = Self.line.split(separator: " ").map(String.init)
    let run = try ToolRun(words, shell: "cd /proc && exec \"$@\"")
    run.expectFailure(naming: "/proc/runs/mlp-shapes-50-20-2", "--output", "--no-output")
    #expect(run.errorLines.count == 1)
  }

  @Test(arguments: ["", " --dry-run"]) func aFileInThePlaceOfTheFoldersIsNamed(
    option: String
  ) throws {
    let words = (Self.line + option).split(separator: " ").map(String.init)
    try folder.write([1], to: "runs")
    let file = try ToolRun(words, in: folder.url)
    file.expectFailure(naming: folder.path("runs/mlp-"), "not a directory", "--no-output")
    #expect(try folder.contents() == ["runs": Data([1])])
  }

  @Test func dryRunsTellTheDiskOfOne() throws {
    struct Report: Decodable { let neededDiskBytes: Int? }
    let kept = try ToolRun(Self.line + " --dry-run --json", in: folder.url)
    #expect(try kept.json(as: Report.self).neededDiskBytes ?? 0 > 0)
    let text = try ToolRun(Self.line + " --dry-run", in: folder.url)
    #expect(text.standardOutput.contains("runs/mlp-shapes-50-20-2"), "\(text.standardOutput)")
    let none = try ToolRun(Self.line + " --dry-run --no-output --json", in: folder.url)
    #expect(try none.json(as: Report.self).neededDiskBytes == nil)
    #expect(try names() == [])
  }
}
