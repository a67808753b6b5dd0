import Foundation
import Tandem
import TestSupport
import Testing

/// What runs leave in their folder, and what the next ones make of it.
@Suite(.serialized) struct OutputFolderTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Runs a script of /bin/sh in which `t` is the tool, and `"$tool"` its path. What it leaves
  /// running ends after a minute of computing.
  private func script(
    _ text: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> ToolRun {
    try ToolRun(
      [], shell: "ulimit -t 60; tool=$1; t() { \"$tool\" \"$@\"; }\n" + text, in: folder.url,
      sourceLocation: sourceLocation)
  }

  @Test func secondRunIntoAFolderIsRefused() throws {
    let run = try script(
      """
      A='--model mlp --data shapes:50,20 --output r'
      "$tool" train $A --epochs 1000000 --checkpoint-every-steps 1 > o 2> e & p=$!
      until [ -s r/.tandem-run.lock ] && [ -e r/checkpoint-last ]; do
        sleep 0.1; kill -0 $p || exit 9
      done
      echo "process $p"
      t train $A --epochs 1 --overwrite; echo "again: $?"
      t train $A --epochs 1000000 --resume r 2> /dev/null; echo "resumed: $?"
      kill -KILL $p; wait $p 2> /dev/null
      ls -A r | grep -c lock
      t train $A --epochs 1 --overwrite > /dev/null 2>&1; echo "afterwards: $?"
      ls -A r | grep -v checkpoint-step
      """)
    let process = try #require(run.lines.first?.split(separator: " ").last)
    #expect(
      run.lines.dropFirst() == [
        "again: 1", "resumed: 1", "1", "afterwards: 0", "checkpoint-last", "history.csv",
        "history.json", "run.json",
      ])
    #expect(run.errorLines.count == 1)
    let start =
      "tandem: error: the output folder r is in use by another run, of process \(process) on the host "
    #expect(run.standardError.hasPrefix(start), "\(run.standardError)")
    #expect(run.standardError.contains(" since 20"), "\(run.standardError)")
  }

  /// Killed at any moment, a run leaves a checkpoint that works, and the next one tidies up.
  @Test func killedRunsLeaveNothing() throws {
    let run = try script(
      """
      A='--model mlp --data shapes:50,20 --epochs 1000000 --checkpoint-every-steps 1'
      for i in 1 2 3 4 5; do
        if [ -e r/checkpoint-last ]; then o='--resume r'; else o='--output r'; fi
        "$tool" train $A $o > o 2> e & p=$!
        until [ -e r/checkpoint-last ]; do sleep 0.1; kill -0 $p || exit 9; done
        sleep 1.$((i * 37 % 100)); kill -KILL $p; wait $p 2> /dev/null
        t evaluate --weights r --data shapes:50,20 > /dev/null || echo "evaluate: $?"
      done
      touch r/.tandem-17.partial r/.tandem-17-abc.partial
      mkdir r/.checkpoint-17-abc.partial
      "$tool" train $A --resume r > o 2> e & p=$!
      until grep -q training e; do sleep 0.1; kill -0 $p || exit 9; done
      sleep 1; kill -TERM $p; wait $p; echo "last: $?"
      ls -A r | sed 's/step-.*/step-/'
      """)
    #expect(
      run.lines == [
        "last: 0", "checkpoint-last", "checkpoint-step-", "history.csv", "history.json",
        "run.json",
      ], "\(run.standardOutput)")
    #expect(run.standardError.isEmpty, "\(run.standardError)")
  }

  @Test func dataMayMoveButNotChange() throws {
    _ = try IDXFolder(in: folder, name: "grey")
    let start = "train --model mlp --normalize unit"
    try ToolRun("\(start) --data grey --epochs 1 --output r", in: folder.url).expectSuccess()
    try FileManager.default.moveItem(atPath: folder.path("grey"), toPath: folder.path("job.4711"))
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("link"), withDestinationPath: "job.4711")
    for (epoch, name) in [(2, "job.4711"), (3, "link/"), (4, folder.path("./job.4711"))] {
      let run = try ToolRun(
        "\(start) --data \(name) --epochs \(epoch) --resume r", in: folder.url)
      run.expectSuccess()
      let now = name == "link/" ? "link" : "job.4711"
      #expect(
        run.standardError.contains(
          "warning: the data set is now called \(now) and was grey when the checkpoint"),
        "\(run.standardError)")
      try renameDataset(to: "grey")
    }
    // Other images of the same number under the old name.
    _ = try IDXFolder(in: folder, name: "grey")
    var labels = IDXFolder.header(0x0801, [40]) + (0..<40).map { UInt8($0 % 10) }
    labels[labels.count - 1] = 3
    try folder.write(labels, to: "grey/train-labels-idx1-ubyte")
    let run = try ToolRun("\(start) --data grey --epochs 5 --resume r", in: folder.url)
    run.expectFailure(naming: "was made with training images of the digest", "use the same --data")
    #expect(run.errorLines.count == 1)
  }

  /// So that each resumed run finds the data under another name than the one before.
  private func renameDataset(to name: String) throws {
    let path = folder.path("r/checkpoint-last/training-state.safetensors")
    var file = try SafeTensorsFile.read(path)
    let run = try #require(file.metadata["run"])
    file.metadata["run"] = run.replacing(
      /"dataset":"[^"]*"/, with: "\"dataset\":\"\(name)\"")
    try file.write(to: path)
  }
}
