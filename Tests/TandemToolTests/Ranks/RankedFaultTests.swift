import Foundation
import TestSupport
import Testing

/// What the built tool says, and how fast it ends, when something happens to one rank of a
/// training.
@Suite(.serialized, .enabled(if: MPIRun.isInstalled, "needs mpirun"))
struct RankedFaultTests {
  /// A run that would take hours and writes checkpoints all the time.
  private let endless =
    "train --model mlp --data shapes:400,20 --epochs 1000000 --workers 1 "
    + "--checkpoint-every-steps 2 --output "

  /// Data-parallel, and one network on two devices, which wait for each other at crossings.
  static let layouts = ["--shards 4", "--parallelism model --mesh 1x2"]

  /// Starts it, and waits for a checkpoint of several steps.
  private func startTraining(
    ranks: Int, more: String = "--shards 4", options: [String] = [], in folder: TemporaryFolder
  ) throws -> MPIRun {
    let output = folder.path("run")
    let job = try RankedRun.start(ranks, endless + output + " " + more, options: options)
    let deadline = Date(timeIntervalSinceNow: 60)
    while !FileManager.default.fileExists(atPath: output + "/checkpoint-last/model.safetensors") {
      guard Date() < deadline else { throw TookTooLong(errors: job.errorsSoFar) }
      usleep(20_000)
    }
    // The ranks tell each other several times a second what they are doing.
    usleep(600_000)
    return job
  }

  private struct TookTooLong: Error {
    let errors: String
  }

  /// The tool's one line, after the job has ended in time and left no process behind.
  private func lastWords(_ job: MPIRun, processes: [pid_t], within seconds: Double) throws -> String
  {
    let begin = Date()
    let ended = try job.wait()
    #expect(Date().timeIntervalSince(begin) < seconds)
    #expect(!ended.isTimedOut && ended.exitCode > 0)
    #expect(ended.tandemErrors.count == 1, "\(ended.errors)")
    #expect(MPIRun.haveEnded(processes), "processes are left")
    return ended.tandemErrors.first.map(String.init) ?? ""
  }

  /// What a rank can be doing in the midst of a training.
  private var activity: Regex<(Substring, Substring, Substring?)> {
    #/(forward of \w+|backward of \w+|exchanging gradients|waiting for data|writing a checkpoint|evaluating)[^;]*, (after )?step [0-9]+/#
  }

  private func resumeHint(_ folder: TemporaryFolder) -> String {
    "to continue, run the same mpirun command with --resume \(folder.path("run"))"
  }

  @Test(arguments: layouts)
  func killedRankIsNamedWithItsLayerAndStep(layout: String) throws {
    let folder = try TemporaryFolder()
    let job = try startTraining(ranks: 2, more: layout, in: folder)
    let processes = job.rankProcesses
    kill(try #require(processes[1]), SIGKILL)
    // 5 s, and a loaded machine.
    let words = try lastWords(job, processes: Array(processes.values), within: 15)
    #expect(words.contains("rank 1 (host ") && words.contains("has died"), "\(words)")
    #expect(words.contains("--resume"))
    #expect(words.firstMatch(of: activity) != nil, "\(words)")
  }

  @Test(arguments: layouts)
  func stoppedRankIsNamedAfterTheTimeout(layout: String) throws {
    let folder = try TemporaryFolder()
    let job = try startTraining(ranks: 2, more: "\(layout) --stall-timeout 2", in: folder)
    let processes = job.rankProcesses
    kill(try #require(processes[1]), SIGSTOP)
    let words = try lastWords(job, processes: Array(processes.values), within: 20)
    #expect(words.contains("rank 0 (host ") && words.contains("s for rank 1 (host "), "\(words)")
    #expect(words.contains("--stall-timeout"))
    #expect(words.firstMatch(of: activity) != nil, "\(words)")
  }

  @Test func lossThatIsNotFiniteIsToldOnce() throws {
    let job = try RankedRun.run(
      2, "train --model mlp --data shapes:400,20 --epochs 1 --opt sgd --lr 1e30 --workers 1")
    job.expectFailure(naming: "rank ", "forward of dense2, step 2: the loss is not finite", "--lr")
  }

  @Test func ranksWithOtherOptionsOrDataAreNamed() throws {
    let line = "train --model mlp --data shapes:400,20 --epochs 1 --workers 1"
    for (change, words) in [
      ("--seed 1", "has seed 1, rank 0 (host "), ("--batch-size 10", "has batch size 10, rank 0"),
      ("--data shapes:401,20", "has training data 401 images"),
      ("--model lenet", "has network "),
      ("--data /nowhere", "/nowhere: there is no such file or folder"),
    ] {
      // The last one of an option given twice counts.
      let job = try RankedRun.run(1, line, others: [line + " " + change])
      job.expectFailure(naming: "rank 1 (host ", words)
    }
  }

  @Test func userSignalStopsAllRanksWithACheckpoint() throws {
    let folder = try TemporaryFolder()
    let job = try startTraining(ranks: 2, in: folder)
    job.send(SIGUSR1)
    let ended = try job.wait()
    ended.expectSuccess()
    #expect(ended.errors.contains(resumeHint(folder)), "\(ended.errors)")
  }

  /// Open MPI 5 passes on nothing that ranks say after such a signal, and grants half a second.
  @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
  func endingSignalsLeaveACheckpoint(signal: Int32) throws {
    let folder = try TemporaryFolder()
    let job = try startTraining(
      ranks: 2, options: MPIRun.grace(seconds: 3), in: folder)
    let processes = job.rankProcesses
    job.send(signal)
    let ended = try job.wait()
    #expect(!ended.isTimedOut && ended.tandemErrors.isEmpty, "\(ended.errors)")
    if MPIRun.majorVersion < 5 {
      #expect(ended.errors.contains(resumeHint(folder)), "\(ended.errors)")
    }
    #expect(MPIRun.haveEnded(processes.values))
    // The checkpoint is one to go on from.
    let output = folder.path("run")
    let last = try FileManager.default.destinationOfSymbolicLink(
      atPath: output + "/checkpoint-last")
    let step = try #require(last.split(separator: "-").last.flatMap { Int($0) })
    try RankedRun.run(2, endless + output + " --shards 4 --resume \(output) --steps \(step + 2)")
      .expectSuccess()
  }

  @Test func ranksOfAnUnfitMeshAreToldHowMany() throws {
    let line = "train --model mlp --data shapes:400,20 --epochs 1 --parallelism model"
    try RankedRun.run(3, "\(line) --mesh 1x3 --workers 1 --batch-size 30 --steps 2").expectSuccess()
    try RankedRun.run(2, "\(line) --mesh 1x3 --workers 1")
      .expectFailure(naming: "a mesh 1x3 has 3 devices", "2 ranks × 1 worker", "make 3 in all")
    try RankedRun.run(
      1, "\(line) --mesh 1x3 --workers 1", others: ["\(line) --mesh 1x3 --workers 2"]
    ).expectFailure(naming: "as many workers on each rank", "rank 1 has 2", "--workers")
    try RankedRun.run(2, "\(line) --mesh 2x3 --workers 3 --batch-size 30 --steps 2")
      .expectSuccess()
    try RankedRun.run(3, "\(line) --mesh 2x3 --workers 2")
      .expectFailure(naming: "neither whole model groups of 3", "--workers")
  }

  /// Devices are counted before anything is measured; the first rank chooses for all.
  @Test func ranksChooseTheParallelism() throws {
    let line = "bench --model mlp -b 8 --steps 2 --warm-up 1 --parallelism auto --workers 1"
    try RankedRun.run(2, "\(line) --mesh 1x4")
      .expectFailure(naming: "a mesh 1x4 has 4 devices", "2 ranks × 1 worker", "make 4 in all")
    let job = try RankedRun.run(2, "\(line) --mesh 1x2 --network 0.1mbit --latency 0 --opt lars")
    job.expectSuccess()
    #expect(job.errors.contains("--parallelism auto: "), "\(job.errors)")
    #expect(job.output.contains("1x2, "), "\(job.output)")
  }

  /// The second time, too, by the record of the run alone: nobody repeats its options.
  @Test(arguments: [true, false])
  func resumedWithAnotherNumberOfRanksItEndsWithTheSameWeights(repeatsOptions: Bool) throws {
    let folder = try TemporaryFolder()
    let line = "train --model mlp --data shapes:400,20 --epochs 2 --workers 1 --shards 4"
    func weights(_ run: String) throws -> Data {
      try Data(
        contentsOf: folder.url.appending(path: "\(run)/checkpoint-last/model.safetensors"))
    }
    try RankedRun.run(1, "\(line) --output \(folder.path("whole"))").expectSuccess()
    let parts = folder.path("parts")
    try RankedRun.run(2, "\(line) --output \(parts) --steps 5").expectSuccess()
    let again =
      repeatsOptions
      ? "\(line) --output \(parts) --resume \(parts)" : "train --resume \(parts) --workers 1"
    try RankedRun.run(4, again).expectSuccess()
    #expect(try weights("parts") == weights("whole"))
  }

  /// Checkpoints have all slices, of parameters and of the optimizer's state.
  @Test func devicesOnTwoRanksResumeWithTheSameWeights() throws {
    let folder = try TemporaryFolder()
    let line =
      "train --model mlp --data shapes:400,20 --epochs 2 --workers 1 --opt adam "
      + "--parallelism model --mesh 1x2"
    func weights(_ run: String) throws -> Data {
      try Data(
        contentsOf: folder.url.appending(path: "\(run)/checkpoint-last/model.safetensors"))
    }
    let (whole, parts) = (folder.path("whole"), folder.path("parts"))
    try RankedRun.run(2, "\(line) --output \(whole)").expectSuccess()
    try RankedRun.run(2, "\(line) --output \(parts) --steps 5").expectSuccess()
    try RankedRun.run(2, "\(line) --output \(parts) --resume \(parts)").expectSuccess()
    #expect(try weights("parts") == weights("whole"))
  }
}
