import Foundation
import TestSupport
import Testing

/// What happens to a whole job when something happens to one of its ranks.
@Suite("faults under mpirun", .serialized)
struct FaultTests {
  /// The one line that Tandem says, once the job has ended in time and left no process behind.
  private func lastWords(
    _ job: MPIRun, processes: [pid_t], sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    let ended = try job.wait()
    #expect(!ended.isTimedOut, "\(ended.errors)", sourceLocation: sourceLocation)
    #expect(ended.exitCode != 0, sourceLocation: sourceLocation)
    #expect(ended.tandemErrors.count == 1, "\(ended.errors)", sourceLocation: sourceLocation)
    #expect(MPIRun.haveEnded(processes), "processes are left", sourceLocation: sourceLocation)
    return ended.tandemErrors.first.map(String.init) ?? ""
  }

  @Test("a rank that is killed is named by the others", arguments: [0, 1, 2])
  func killed(rank: Int) throws {
    let job = try MPIRun(ranks: 3, ["meet", "120"], timeoutSeconds: 30)
    #expect(job.waitForOutput("met"))
    let processes = job.rankProcesses
    kill(try #require(processes[rank]), SIGKILL)
    let words = try lastWords(job, processes: Array(processes.values))
    #expect(words.contains("rank \(rank) (host "))
    #expect(words.contains("has died; last heard of: "))
    if rank != 0 {
      // Only the first two ranks hear what others do; which of them speaks depends on who is left.
      #expect(words.contains("backward of conv2, step "))
    }
  }

  @Test("a rank that is stopped is named after the timeout", arguments: [0, 1])
  func stopped(rank: Int) throws {
    let job = try MPIRun(ranks: 2, ["meet", "2"], timeoutSeconds: 30)
    #expect(job.waitForOutput("met"))
    let processes = job.rankProcesses
    kill(try #require(processes[rank]), SIGSTOP)
    let words = try lastWords(job, processes: Array(processes.values))
    #expect(words.contains("rank \(1 - rank) (host "))
    #expect(words.contains("s for rank \(rank) (host "))
    #expect(words.contains("backward of conv2, step "))
  }

  @Test("a rank that is alive but stuck is named after the timeout", arguments: [0, 1])
  func stuck(rank: Int) throws {
    let job = try MPIRun(ranks: 2, ["stuck", "\(rank)", "2"], timeoutSeconds: 30)
    let words = try lastWords(job, processes: [])
    #expect(words.contains("s for rank \(rank) (host "))
    #expect(words.contains("backward of conv2, step 20"))
  }

  /// And with nothing else: neither MPI nor mpirun has anything to add.
  @Test("a rank that throws ends the job with its message", arguments: [[0], [1], [2], [0, 1, 2]])
  func throwing(ranks: [Int]) throws {
    let job = try MPIRun(ranks: 3, ["throw"] + ranks.map(String.init), timeoutSeconds: 30)
    let words = try lastWords(job, processes: [])
    #expect(try job.wait().errors == words + "\n")
    #expect(words.hasSuffix("backward of conv2, step 20: a fault on purpose"))
    if ranks.count == 1 { #expect(words.contains("rank \(ranks[0]) (host ")) }
  }

  @Test("a job that was stopped and continued goes on")
  func suspended() throws {
    let job = try MPIRun(ranks: 2, ["throw"], timeoutSeconds: 30)
    #expect(job.waitForOutput("met"))
    let processes = job.rankProcesses
    for process in processes.values { kill(process, SIGSTOP) }
    usleep(1_500_000)
    for process in processes.values { kill(process, SIGCONT) }
    usleep(1_000_000)
    #expect(job.rankProcesses.count == 2)
    #expect(job.errorsSoFar == "")
  }
}
