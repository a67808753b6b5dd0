import Foundation
import TestSupport
import Testing

/// `--quiet`, `--verbose`, `--log-file`, `--step-log` and `--exit-code-on-stop`.
@Suite(.serialized) struct MessageOptionTests {
  private static let training = "train --model mlp --data shapes:200,40 --batch-size 20 --epochs 2"
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func lines(_ name: String) throws -> [String] {
    try String(contentsOfFile: folder.path(name), encoding: .utf8)
      .split(separator: "\n").map(String.init)
  }

  @Test func quietSaysNothing() throws {
    let run = try ToolRun(Self.training + " --quiet")
    run.expectSuccess()
    #expect(run.standardError.isEmpty)
    #expect(run.standardOutput.contains("mlp on shapes"))
    // No notice that the data set is the built-in one either.
    let other = try ToolRun("train --model mlp --steps 1 --limit-train 64 --no-output --quiet")
    #expect(other.exitCode == 0 && other.standardError.isEmpty, "\(other.standardError)")
  }

  @Test func quietWarnsAndFails() throws {
    let run = try ToolRun(Self.training + " --quiet --lr-warmup-epochs 5")
    run.expectSuccess()
    #expect(run.errorLines.count == 1)
    #expect(run.standardError.hasPrefix("tandem: warning: the warm-up of 50 steps"))
    try ToolRun("train --model mlp --data \(folder.path("no")) --quiet")
      .expectFailure(naming: "no")
    try ToolRun(Self.training + " --quiet --verbose").expectFailure(naming: "--verbose")
  }

  @Test func verboseTellsMore() throws {
    let usual = try ToolRun(Self.training + " --output \(folder.path("a"))")
    let more = try ToolRun(Self.training + " --verbose --output \(folder.path("b"))")
    more.expectSuccess()
    for word in [
      "tandem 0.1.0, oneDNN ", "cores", "MiB for activations", "checkpoint written: ",
      "evaluating 40 images", "epoch 2: learning rate",
    ] {
      #expect(more.standardError.contains(word), "\(more.standardError)")
      #expect(word == "cores" || !usual.standardError.contains(word))
    }
    #expect(more.errorLines.count >= usual.errorLines.count + 6)
  }

  /// The file has what is said and what is not, each line with its time; runs follow each other.
  @Test func logFileHasAll() throws {
    let log = folder.path("log")
    try ToolRun(Self.training + " --quiet --log-file \(log)").expectSuccess()
    let first = try lines("log")
    let stamp = #/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z .+$/#
    #expect(first.allSatisfy { (try? stamp.wholeMatch(in: $0)) != nil }, "\(first)")
    let words = "tandem: started: tandem " + Self.training
    #expect(first[0].contains(words) && first[0].hasSuffix("--log-file \(log)"))
    #expect(first.contains { $0.contains("training mlp (") })
    #expect(first.count { $0.contains("epoch 2/2  loss ") } == 1)
    let run = try ToolRun("train --model none --data shapes --log-file \(log)")
    #expect(run.exitCode != 0)
    let all = try lines("log")
    #expect(Array(all.prefix(first.count)) == first && all.count == first.count + 2)
    #expect(all.last?.contains("tandem: error: ") == true)
    // What is said aloud is there once as well.
    try ToolRun(Self.training + " --log-file \(log)").expectSuccess()
    #expect(try lines("log").count { $0.contains("epoch 2/2  loss ") } == 2)
    try ToolRun(Self.training + " --log-file \(folder.path("no/log"))")
      .expectFailure(naming: "no/log", "cannot write")
  }

  @Test(.enabled(if: MPIRun.isInstalled, "needs mpirun"))
  func ranksShareALogFile() throws {
    let log = folder.path("log")
    let job = try RankedRun.run(
      2, Self.training + " --workers 1 --quiet --log-file \(log) --step-log \(folder.path("steps"))"
    )
    job.expectSuccess()
    #expect(!job.errors.contains("epoch"), "\(job.errors)")
    #expect(try lines("log").count { $0.contains("epoch 2/2  loss ") } == 1)
    #expect(try lines("steps").count == 21)
  }

  // MARK: Steps

  @Test func stepLogHasEachStep() throws {
    let path = folder.path("steps.csv")
    try ToolRun(Self.training + " --shards 2 --step-log \(path) --json").expectSuccess()
    let rows = try lines("steps.csv").map { $0.split(separator: ",").map(String.init) }
    #expect(
      rows[0] == [
        "epoch", "step", "images", "learningRate", "loss", "top1", "secondsInEpoch", "bytesSent",
        "secondsExposed",
      ])
    #expect(rows.dropFirst().map { $0[1] } == (1...20).map { "\($0)" })
    #expect(rows.dropFirst().map { $0[0] } == (1...20).map { $0 <= 10 ? "1" : "2" })
    #expect(rows.dropFirst().allSatisfy { $0[2] == "20" && (Double($0[4]) ?? -1) > 0 })
    // A hit is one of twenty images.
    let hits = rows.dropFirst().compactMap { Double($0[5]) }.map { $0 * 20 }
    #expect(hits.allSatisfy { abs($0 - $0.rounded()) < 1e-9 })
  }

  /// Steps after the checkpoint are made again, and stand there once.
  @Test func continuedRunsGoOnInTheStepLog() throws {
    let options = " --shards 2 --output \(folder.path("run")) --step-log "
    try ToolRun(
      Self.training + options + folder.path("steps") + " --checkpoint-every-steps 4 --steps 7"
    ).expectSuccess()
    #expect(try lines("steps").count == 8)
    // As if it had been killed after a step that no checkpoint has.
    let extra = try lines("steps").joined(separator: "\n") + "\n1,8,20,0.01,9,0,1,0,0\n"
    try write(Array(extra.utf8), to: folder.path("steps"))
    try ToolRun("train --resume \(folder.path("run")) --step-log \(folder.path("steps"))")
      .expectSuccess()
    try ToolRun(Self.training + " --shards 2 --step-log \(folder.path("whole"))").expectSuccess()
    func numbers(_ name: String) throws -> [[Substring]] {
      try lines(name).map { Array($0.split(separator: ",").prefix(4)) }
    }
    #expect(try numbers("steps") == numbers("whole"))
  }

  // MARK: The end

  private static let endless =
    "train --model mlp --data shapes:400,20 --epochs 1000000 --workers 1 "
    + "--checkpoint-every-steps 2 --output "

  @Test(arguments: ["", " --exit-code-on-stop 130"])
  func anInterruptedRunSaysSo(option: String) throws {
    let tool = try StartedTool(Self.endless + folder.path("run") + option)
    try tool.wait(for: "a checkpoint") {
      FileManager.default.fileExists(
        atPath: folder.path("run/checkpoint-last/model.safetensors"))
    }
    tool.send(SIGTERM)
    let ended = try tool.end()
    #expect(ended.exitCode == (option.isEmpty ? 0 : 130), "\(ended)")
    #expect(ended.output.contains("mlp on shapes"))
    #expect(ended.errors.contains("to continue, run the same command"))
  }

  @Test func aCompleteRunIsNoInterruption() throws {
    let run = try ToolRun(Self.training + " --exit-code-on-stop 130")
    #expect(run.exitCode == 0)
    try ToolRun(Self.training + " --exit-code-on-stop 256")
      .expectFailure(naming: "--exit-code-on-stop", "0 to 255")
  }

  @Test(.enabled(if: MPIRun.isInstalled, "needs mpirun"))
  func anInterruptedJobSaysSo() throws {
    let job = try RankedRun.start(
      2, Self.endless + folder.path("run") + " --exit-code-on-stop 130")
    let checkpoint = folder.path("run/checkpoint-last/model.safetensors")
    let deadline = Date(timeIntervalSinceNow: 60)
    while !FileManager.default.fileExists(atPath: checkpoint), Date() < deadline { usleep(10_000) }
    job.send(SIGUSR1)
    let ended = try job.wait()
    #expect(ended.exitCode == 130 && !ended.isTimedOut, "\(ended.errors)")
    #expect(ended.output.contains("mlp on shapes"), "\(ended.output)")
  }
}
