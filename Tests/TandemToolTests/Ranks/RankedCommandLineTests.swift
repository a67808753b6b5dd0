import TestSupport
import Testing

/// What the ranks of a job say before they work together: each thing once.
@Suite(.serialized, .enabled(if: MPIRun.isInstalled, "needs mpirun"))
struct RankedCommandLineTests {
  @Test func helpIsPrintedOnce() throws {
    for line in ["train --help", "summary --help", "help", ""] {
      let job = try RankedRun.run(2, line)
      job.expectSuccess()
      #expect(job.output.components(separatedBy: "USAGE: tandem").count == 2, "\(job.output)")
    }
  }

  @Test func mistakeInTheCommandLineIsToldOnce() throws {
    let job = try RankedRun.run(2, "train --model mlp --batch-size 0")
    job.expectFailure(naming: "--batch-size", "tandem train --help")
    #expect(job.exitCode == 64)
  }

  @Test func mistakeInOneRanksCommandLineNamesTheRank() throws {
    let job = try RankedRun.run(
      1, "train --model mlp --data shapes:50,20", others: ["train --model mlp --epochs 0"])
    job.expectFailure(naming: "rank 1 (host ", "--epochs")
    #expect(job.exitCode == 64)
  }

  @Test(arguments: [
    "summary lenet", "gradcheck mlp --samples 1",
    "predict --weights run --input x.npy --output y.npy",
  ])
  func commandsOfOneProcessSaySo(line: String) throws {
    let job = try RankedRun.run(2, line)
    job.expectFailure(naming: String(line.prefix { $0 != " " }), "without mpirun")
    #expect(job.exitCode == 64)
    let alone = try RankedRun.run(1, "summary lenet")
    alone.expectSuccess()
    #expect(alone.output.contains("conv1"))
  }

  @Test func whatTheFirstRankCannotReadIsToldOnce() throws {
    for line in ["train --model mlp --data /nowhere", "evaluate --weights /nowhere"] {
      let job = try RankedRun.run(2, line)
      job.expectFailure(naming: "rank ", "/nowhere", "no such file")
    }
  }
}
