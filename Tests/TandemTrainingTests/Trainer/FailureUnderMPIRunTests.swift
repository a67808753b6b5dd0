import TestSupport
import Testing

@Suite("A rank that cannot go on")
struct FailureUnderMPIRunTests {
  @Test("for want of memory ends the job with its own message")
  func outOfMemory() throws {
    let run = try MPIRun.run(ranks: 2, ["out-of-memory"])
    #expect(run.exitCode != 0)
    #expect(!run.isTimedOut)
    #expect(run.tandemErrors.count == 1, "\(run.errors)")
    #expect(
      run.errors.contains(
        #/tandem: error: rank 1 \(host [^)]+\).*: no memory for the .+ MiB are needed/#),
      "\(run.errors)")
  }
}
