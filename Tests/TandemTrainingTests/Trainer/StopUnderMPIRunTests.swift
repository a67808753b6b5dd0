import Foundation
import TandemTensor
import TandemTraining
import TestSupport
import Testing

@Suite("Stopping a job")
struct StopUnderMPIRunTests {
  /// A run that would take hours, and the signal to mpirun once it has made some steps.
  private func stop(ranks: Int, by signal: Int32, options: [String], in folder: String) throws
    -> MPIRun.Ended
  {
    let run = try MPIRun(
      ranks: ranks, ["train", "epochs=1000000", "out=\(folder)/out"], options: options)
    #expect(run.waitForOutput("step 9\n"))
    run.send(signal)
    return try run.wait()
  }

  private func steps(of checkpoint: String) throws -> Int? {
    let file = try SafeTensorsFile.read(checkpoint + "/checkpoint-last/model.safetensors")
    return file.metadata["step"].flatMap { Int($0) }
  }

  /// The checkpoint can be continued: by two steps, without a complaint.
  private func expectResumable(ranks: Int, _ folder: String) throws {
    let steps = try #require(try steps(of: folder + "/out"))
    #expect(steps >= 9)
    let run = try MPIRun.run(
      ranks: ranks,
      [
        "train", "epochs=1000000", "resume=\(folder)/out", "steps=\(steps + 2)",
      ])
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.output.contains("ending stepLimit after \(steps + 2) steps"))
  }

  @Test("SIGUSR1 to mpirun ends all ranks well, with a checkpoint", arguments: [1, 2])
  func userSignal(ranks: Int) throws {
    try withTemporaryFolder { folder in
      let run = try stop(ranks: ranks, by: SIGUSR1, options: [], in: folder)
      #expect(run.exitCode == 0, "\(run.errors)")
      #expect(run.tandemErrors == [])
      #expect(run.output.contains("ending interrupted after"))
      #expect(
        run.output.contains(
          "to continue, run the same mpirun command with `resume(from:)` \(folder)/out\n"))
      try expectResumable(ranks: ranks, folder)
    }
  }

  // mpirun itself exits with 1 then, whatever its ranks do; that a rank was killed it would say. It
  // always waits for the whole time it grants, twice.
  @Test(
    "SIGTERM and SIGINT to mpirun let all ranks finish their step and write a checkpoint",
    arguments: [SIGTERM, SIGINT])
  func endingSignals(signal: Int32) throws {
    try withTemporaryFolder { folder in
      let run = try stop(
        ranks: 2, by: signal, options: MPIRun.grace(seconds: 3), in: folder)
      #expect(!run.isTimedOut)
      #expect(run.tandemErrors == [])
      #expect(!run.errors.contains("signal"), "\(run.errors)")
      try expectResumable(ranks: 2, folder)
    }
  }
}
