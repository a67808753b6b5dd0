import Foundation
import TestSupport
import Testing

/// What happens before all ranks of a job have met.
@Suite(.serialized, .enabled(if: MPIRun.isInstalled, "needs mpirun"))
struct RankedStartTests {
  private let line = "train --model mlp --data shapes:50,20 --epochs 1 --workers 1"

  private func wrapper(_ command: String) -> String {
    "if [ \"$OMPI_COMM_WORLD_RANK\" = 1 ]; then \(command); fi"
  }

  /// The one line of a job that ended in time and left no process behind.
  private func lastWords(_ job: MPIRun) throws -> String {
    #expect(job.waitForRanks(3))
    let processes = job.rankProcesses
    let ended = try job.wait()
    #expect(!ended.isTimedOut && ended.exitCode != 0)
    #expect(ended.tandemErrors.count == 1, "\(ended.errors)")
    #expect(MPIRun.haveEnded(processes.values))
    return ended.tandemErrors.first.map(String.init) ?? ""
  }

  @Test func rankThatIsStoppedBeforeItStartsMPIIsNamed() throws {
    let job = try RankedRun.start(
      3, line + " --start-timeout 5", wrapper: wrapper("kill -STOP $$"))
    let words = try lastWords(job)
    #expect(words.contains("after 5 s not all 3 ranks have met; on this host ranks 0, 2 wait"))
    #expect(words.contains("rank 1 is stopped (process "), "\(words)")
  }

  @Test func rankThatNeverStartsMPIIsNamedWithWhatItRuns() throws {
    let job = try RankedRun.start(3, line + " --start-timeout 5", wrapper: wrapper("sleep 100"))
    let words = try lastWords(job)
    #expect(words.contains("rank 1 has not begun to start MPI (process "), "\(words)")
    #expect(words.contains(", sleep); "), "\(words)")
  }

  @Test func jobThatWaitsForARankCanBeEnded() throws {
    let job = try RankedRun.start(3, line, wrapper: wrapper("sleep 100"))
    #expect(job.waitForRanks(3))
    usleep(500_000)
    let processes = job.rankProcesses
    job.send(SIGTERM)
    let ended = try job.wait()
    #expect(!ended.isTimedOut && ended.exitCode != 0)
    #expect(MPIRun.haveEnded(processes.values))
  }

  @Test func fewDescriptorsAreToldInALine() throws {
    let job = try RankedRun.run(2, line, wrapper: "ulimit -n 16")
    job.expectFailure(naming: "may open 16 files and connections", "ulimit -n")
    // The soft limit alone is raised.
    try RankedRun.run(2, line, wrapper: "ulimit -Sn 16").expectSuccess()
  }
}

/// A shell that has inherited the variables of a job that is over.
@Suite struct LeftOverJobTests {
  private let shell = """
    export OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=1 PMIX_RANK=1 PMIX_NAMESPACE=1857290241
    export PMIX_SERVER_URI2='1857290240.0;tcp4://127.0.0.1:1'
    exec "$@"
    """

  private func run(_ line: String, shell: String? = nil) throws -> ToolRun {
    try ToolRun(line.split(separator: " ").map(String.init), shell: shell)
  }

  @Test(arguments: ["summary lenet", "models", "--help", "plan --help"])
  func commandsOfOneProcessIgnoreIt(line: String) throws {
    let inherited = try run(line, shell: shell)
    #expect(inherited.exitCode == 0, "\(inherited.standardError)")
    let plain = try run(line)
    #expect(!plain.standardOutput.isEmpty && inherited.standardOutput == plain.standardOutput)
  }

  @Test func mistakesAreToldAsEver() throws {
    let wrong = try run("train --batch-size 0", shell: shell)
    #expect(wrong.exitCode == 64)
    #expect(wrong.standardError.hasPrefix("tandem: error: The value '0'"))
  }

  @Test(arguments: ["train --model mlp", "bench --model mlp", "doctor", "evaluate --weights x"])
  func commandsOfRanksSayWhatToUnset(line: String) throws {
    let run = try run(line, shell: shell)
    #expect(run.exitCode == 1)
    #expect(run.standardError.split(separator: "\n").count == 1, "\(run.standardError)")
    #expect(run.standardError.contains("unset the variables"), "\(run.standardError)")
  }
}
