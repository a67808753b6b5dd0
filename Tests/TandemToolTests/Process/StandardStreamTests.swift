import Foundation
import Testing

/// Standard streams that are closed, full or read by nobody: words get lost, and nothing else.
@Suite(.serialized) struct StandardStreamTests {
  private static let training = "train --model mlp --data shapes:100,20 --epochs 2 --workers 1"

  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// Trains with streams as a script of /bin/sh has them, into the folder `name`.
  private func train(
    _ name: String, _ streams: String, more: [String] = []
  ) throws -> ToolRun {
    try ToolRun(
      Self.training.split(separator: " ").map(String.init) + ["--output", folder.path(name)] + more,
      shell: "exec \"$@\" \(streams)")
  }

  private func model(_ name: String) throws -> Data {
    try Data(
      contentsOf: folder.url.appending(path: "\(name)/checkpoint-last/model.safetensors"))
  }

  /// The same weights as those of a run that nobody disturbed, and no words in its files.
  private func expectResult(
    of name: String, as undisturbed: Data, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(try model(name) == undisturbed, sourceLocation: sourceLocation)
    for (path, contents) in try folder.contents() where path.hasPrefix(name + "/") {
      for words in ["training mlp", "epoch 1/2", "tandem: "] {
        #expect(
          contents.range(of: Data(words.utf8)) == nil, "\(path)", sourceLocation: sourceLocation)
      }
    }
  }

  @Test func closedStreams() throws {
    try train("all", "").expectSuccess()
    let undisturbed = try model("all")

    let withoutErrors = try train("errors", "2>&-")
    withoutErrors.expectSuccess()
    #expect(withoutErrors.standardOutput.contains("written to standard error: Bad file descriptor"))
    try expectResult(of: "errors", as: undisturbed)

    let withoutOutput = try train("output", ">&-")
    #expect(withoutOutput.exitCode == 1)
    #expect(withoutOutput.errorLines.last?.contains("what was computed is saved") == true)
    try expectResult(of: "output", as: undisturbed)

    #expect(try train("none", "<&- >&- 2>&-").exitCode == 1)
    try expectResult(of: "none", as: undisturbed)

    try train("input", "<&-").expectSuccess()
    try expectResult(of: "input", as: undisturbed)
  }

  @Test func lostWordsAreAValueInJSON() throws {
    struct Report: Decodable { let messagesLost: Bool }
    let lost = try train("lost", "2>&-", more: ["--json"]).json(as: Report.self)
    #expect(lost.messagesLost)
    #expect(try !train("found", "", more: ["--json"]).json(as: Report.self).messagesLost)
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func fullDisk() throws {
    try train("all", "").expectSuccess()
    let undisturbed = try model("all")
    let errors = try train("errors", "2> /dev/full")
    errors.expectSuccess()
    #expect(errors.standardOutput.contains("to standard error: No space left on device"))
    try expectResult(of: "errors", as: undisturbed)

    let output = try train("output", "> /dev/full")
    #expect(output.exitCode == 1)
    #expect(output.errorLines.last?.contains("standard output: No space left on device") == true)
    try expectResult(of: "output", as: undisturbed)

    let help = try ToolRun(["train", "--help"], shell: "exec \"$@\" > /dev/full")
    help.expectFailure(naming: "standard output: No space left on device")
  }

  /// The check of files above finds words.
  @Test func wordsInFilesAreSeen() throws {
    try train("all", "").expectSuccess()
    try folder.write([UInt8]("epoch 1/2".utf8), to: "all/history.csv")
    let weights = try model("all")
    withKnownIssue { try expectResult(of: "all", as: weights) }
  }

  /// `train 2>&1 | head -1`
  @Test func readerThatGoesAway() throws {
    let run = try ToolRun(
      (Self.training + " --output \(folder.path("run"))").split(separator: " ").map(String.init),
      shell: "{ \"$@\" 2>&1; echo $? > \(folder.path("code")); } | head -n 1")
    #expect(run.lines.count == 1 && run.standardOutput.hasPrefix("training mlp"))
    let rows = try folder.text("run/history.csv").split(separator: "\n")
    #expect(rows.count == 3)
    #expect(try folder.text("code") == "1\n")
    _ = try model("run")
  }

  /// `models | true`: as other programs end in such a pipe.
  @Test(arguments: ["models", "--help", "summary lenet --json"])
  func readerThatHasSeenEnough(line: String) throws {
    // The reader is gone before the tool starts.
    let run = try ToolRun(
      line.split(separator: " ").map(String.init),
      shell: "{ sleep 0.3; \"$@\"; echo $? > \(folder.path("code")); } | true")
    #expect(run.standardError.isEmpty, "\(run.standardError)")
    #expect(try folder.text("code") == "\(128 + SIGPIPE)\n")
  }
}
