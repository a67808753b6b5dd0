import TandemCollectives
import Testing

/// The variables that Open MPI 4.1 gives to ranks.
@Suite struct LaunchEnvironmentTests {
  private func rank(_ rank: Int, of counts: String) -> LaunchEnvironment {
    LaunchEnvironment([
      "OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "\(rank)",
      "OMPI_APP_CTX_NUM_PROCS": counts,
    ])
  }

  @Test func plainRunHasNoSize() {
    let plain = LaunchEnvironment(["PATH": "/bin"])
    #expect(plain.size == nil)
    #expect(plain.rank == 0)
    #expect(plain.firstOfCommandLine == 0)
  }

  @Test func jobHasSizeAndRank() {
    #expect(rank(3, of: "4").size == 4)
    #expect(rank(3, of: "4").rank == 3)
  }

  @Test func ranksOfOneCommandLineHaveTheSameFirstOne() {
    #expect((0..<4).map { rank($0, of: "4").firstOfCommandLine } == [0, 0, 0, 0])
    #expect((0..<4).map { rank($0, of: "1 3").firstOfCommandLine } == [0, 1, 1, 1])
    #expect((0..<4).map { rank($0, of: "2 1 1").firstOfCommandLine } == [0, 0, 2, 3])
    #expect(LaunchEnvironment(["OMPI_COMM_WORLD_RANK": "2"]).firstOfCommandLine == 0)
  }
}
