import Foundation
import TestSupport
import Testing

/// Options in a file.
@Suite(.serialized) struct ConfigTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func write(_ text: String, to name: String = "run.yaml") throws -> String {
    try folder.write(Array(text.utf8), to: name)
    return folder.path(name)
  }

  private func weights(_ run: String) throws -> Data {
    try Data(
      contentsOf: URL(filePath: folder.path("\(run)/checkpoint-last/model.safetensors")))
  }

  private static let line =
    "train --model lenet --data shapes:200,40 --batch-size 50 --lr 5e-3 --nesterov --epochs 1 --shards 2 "
    + "--lr-scale conv1=0.5 --lr-scale conv2=0.25"

  @Test func isTheCommandLine() throws {
    let file = try write(
      """
      # A comment.
      model: lenet
      data: "shapes:200,40"
      batch-size: 50   # of all workers
      lr: 5e-3
      nesterov: yes
      scale-lr: false
      epochs: 7
      shards: 2
      lr-scale:
        - conv1=0.5
        - 'conv2=0.25'
      """)
    try ToolRun(Self.line + " --output \(folder.path("line"))").expectSuccess()
    // The command line has precedence.
    let run = try ToolRun("train --config \(file) --epochs 1 --output \(folder.path("file"))")
    run.expectSuccess()
    #expect(try weights("file") == weights("line"))
    struct Record: Decodable, Equatable { let options: [String: Value] }
    enum Value: Decodable, Equatable {
      case text(String)
      case other
      init(from decoder: any Decoder) throws {
        let text = try? decoder.singleValueContainer().decode(String.self)
        self = text.map { .text($0) } ?? .other
      }
    }
    func record(_ run: String) throws -> Record {
      try JSONDecoder().decode(Record.self, from: Data(folder.text("\(run)/run.json").utf8))
    }
    #expect(try record("file") == record("line"))
  }

  @Test func whatIsPrintedIsUnderstood() throws {
    let printed = try ToolRun(Self.line + " --print-config")
    printed.expectSuccess()
    #expect(printed.lines.contains("batch-size: 50") && printed.lines.contains("nesterov: true"))
    #expect(printed.standardOutput.contains("\n# opt: sgd  # "), "\(printed.standardOutput)")
    let file = try write(printed.standardOutput)
    // Again the same, and the same again with all of it in the file.
    let again = try ToolRun("train --config \(file) --print-config")
    again.expectSuccess()
    #expect(again.standardOutput == printed.standardOutput)
    // Without anything given all is commented out.
    let template = try ToolRun("train --print-config")
    template.expectSuccess()
    #expect(template.lines.allSatisfy { $0.hasPrefix("# ") })
    #expect(template.lines.contains { $0.hasPrefix("# keep-best:") })
  }

  @Test func aRecordOfARunIsOne() throws {
    try ToolRun(
      "train --model lenet --data shapes:200,40 --opt adam --epochs 1 --workers 2 "
        + "--output \(folder.path("first"))"
    ).expectSuccess()
    let run = try ToolRun(
      "train --config \(folder.path("first"))/run.json --workers 1 --output \(folder.path("second"))"
    )
    run.expectSuccess()
    #expect(try weights("second") == weights("first"))
  }

  /// What a run goes on with: the file before the run's own options.
  @Test func goesWithResuming() throws {
    try ToolRun(Self.line + " --output \(folder.path("run"))").expectSuccess()
    let file = try write("epochs: 2\n")
    let run = try ToolRun("train --resume \(folder.path("run")) --config \(file)")
    run.expectSuccess()
    #expect(run.standardError.contains("epochs 1 → 2"))
  }

  @Test(arguments: [
    ("model: lenet\nbatchsize: 3\n", "line 2: \"batchsize\" is no option", "batch-size"),
    ("model: lenet\nconfig: x\n", "line 2: \"config\" is no option", "'tandem train'"),
    ("batch-size: [1, 2]\n", "line 1: \"batch-size\" takes one value", "tandem: error"),
    ("batch-size:\n", "\"batch-size\" takes a value, and has none", "tandem: error"),
    ("nesterov: 3\n", "\"nesterov\" takes true or false", "tandem: error"),
    ("lr-scale: {a: 1}\n", "\"lr-scale\" takes a list of values", "tandem: error"),
    ("wd: 1\nweight-decay: 1\n", "line 2: \"weight-decay\" is given twice", "tandem: error"),
    ("lr: 1\nlr: 2\n", "a key is there twice: \"lr\"", "tandem: error"),
    ("model: [lenet\n", "is no YAML", "line 2"),
    ("- lenet\n", "has no options", "batch-size: 64"),
    ("just words", "has no options", "tandem: error"),
    ("batch-size: many\n", "'many' is invalid", "run.yaml"),
    ("{\"sessions\": [], \"options\": {}}", "\"format\" is missing", "tandem: error"),
  ])
  func mistakesAreNamed(text: String, part: String, other: String) throws {
    let file = try write(text)
    let run = try ToolRun("train --model mlp --data shapes:50,20 --config \(file)")
    run.expectFailure(naming: "run.yaml", part, other)
  }

  @Test func aFileThatIsNotThere() throws {
    try ToolRun("train --config \(folder.path("none.yaml"))").expectFailure(naming: "none.yaml")
  }
}
