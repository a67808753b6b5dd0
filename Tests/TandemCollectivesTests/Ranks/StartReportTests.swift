import Foundation
import TandemCollectives
import Testing

@Suite("what is said of ranks that do not come")
struct StartReportTests {
  private func starting(
    _ rank: Int, _ process: pid_t, state: Character = "S"
  ) -> LocalRanks.Entry {
    LocalRanks.Entry(
      rank: rank, process: process, parent: 1, program: "tandem", state: state,
      threads: ["tandem", "tandem.start"])
  }

  private func other(
    _ rank: Int, _ process: pid_t, _ program: String, parent: pid_t = 1, state: Character = "S"
  ) -> LocalRanks.Entry {
    LocalRanks.Entry(
      rank: rank, process: process, parent: parent, program: program, state: state,
      threads: [program])
  }

  private func report(_ entries: [LocalRanks.Entry], rank: Int = 0, size: Int) -> StartReport {
    StartReport(
      rank: rank, size: size, host: "a", seconds: 120, ranks: LocalRanks(entries: entries))
  }

  private let start = "rank 0 (host a): after 120 s not all "

  @Test("a stopped rank, and one that does something else")
  func stopped() {
    let report = report(
      [starting(0, 11), starting(2, 13), starting(1, 12, state: "T"), other(3, 14, "sleep")],
      size: 4)
    #expect(
      report.description
        == start
        + "4 ranks have met; on this host ranks 0, 2 wait in starting MPI, rank 1 is stopped "
        + "(process 12, tandem), rank 3 has not begun to start MPI (process 14, sleep); see what keeps "
        + "these processes, or give a longer `startTimeoutSeconds`")
    #expect(report.speaker == 0)
  }

  @Test("the process that a script has started is the one that counts")
  func wrapped() {
    let script = other(1, 12, "sh")
    #expect(
      report([starting(0, 11), script, other(1, 15, "rsync", parent: 12)], size: 2).description
        .contains("rank 1 has not begun to start MPI (process 15, rsync); "))
    #expect(
      report([starting(0, 11), script, other(1, 15, "rsync", parent: 12, state: "T")], size: 2)
        .description.contains("rank 1 is stopped (process 15, rsync); "))
    #expect(
      report([starting(0, 11), script, starting(1, 15)], size: 2).description
        .contains("ranks 0, 1 wait in starting MPI; "))
  }

  @Test("a rank that is over")
  func over() {
    #expect(
      report([starting(0, 11), other(1, 12, "tandem", state: "Z")], size: 2).description
        .contains("rank 1 has ended; see "))
  }

  @Test("of other hosts nothing is known")
  func otherHosts() {
    let text = report([starting(0, 11), starting(1, 12)], size: 4).description
    #expect(
      text.hasPrefix(
        start + "4 ranks have met; on this host ranks 0, 1 wait in starting MPI; "
          + "ranks 2, 3 on other hosts were not heard of; see whether these hosts can be reached"))
    #expect(text.contains("btl_tcp_if_include") && text.contains("`startTimeoutSeconds`"))
  }

  @Test("the first rank of a host that can, speaks")
  func speaker() {
    let entries = [starting(2, 13, state: "T"), starting(3, 14), starting(4, 15)]
    #expect(report(entries, rank: 4, size: 6).speaker == 3)
    #expect(report([], rank: 4, size: 6).speaker == nil)
    #expect(report([], rank: 4, size: 6).description.hasPrefix("rank 4 (host a): "))
  }
}

@Suite("ranks of this host")
struct LocalRanksTests {
  @Test("are found by their variables, with what they are doing")
  func found() throws {
    let job = [
      "PMIX_NAMESPACE": "tests-\(UUID().uuidString)", "PMIX_HOSTNAME": "a", "PATH": "/usr/bin:/bin",
    ]
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sleep")
    process.arguments = ["60"]
    process.environment = job.merging(["OMPI_COMM_WORLD_RANK": "7"]) { $1 }
    try process.run()
    defer {
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    #expect(LocalRanks.of(["PATH": "/bin"]).entries.isEmpty)
    #expect(LocalRanks.of(job.merging(["PMIX_HOSTNAME": "b"]) { $1 }).entries.isEmpty)
    let deadline = Date(timeIntervalSinceNow: 10)
    var found: LocalRanks.Entry?
    // Between fork and exec it has other variables and another name.
    while Date() < deadline, found?.program != "sleep" { found = LocalRanks.of(job).entries.first }
    #expect(found?.rank == 7)
    #expect(found?.process == process.processIdentifier && found?.parent == getpid())
    #expect(found?.arguments == ["/bin/sleep", "60"])
    #expect(found?.threads == ["sleep"] && found?.isStopped == false)
    kill(process.processIdentifier, SIGSTOP)
    while Date() < deadline, found?.isStopped == false { found = LocalRanks.of(job).entries.first }
    #expect(found?.isStopped == true)
  }
}
