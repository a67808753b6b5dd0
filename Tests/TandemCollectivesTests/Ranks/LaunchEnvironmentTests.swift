import Foundation
import TandemCollectives
import Testing

/// The variables that Open MPI 4.1 and 5.0 give to ranks.
@Suite struct LaunchEnvironmentTests {
  private func rank(_ rank: Int, of counts: String, local: Int = 4) -> LaunchEnvironment {
    LaunchEnvironment(
      [
        "OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "\(rank)",
        "OMPI_COMM_WORLD_LOCAL_SIZE": "\(local)", "OMPI_APP_CTX_NUM_PROCS": counts,
      ], isAlive: { _ in true })
  }

  @Test func plainRunHasNoSize() {
    let plain = LaunchEnvironment(["PATH": "/bin"], isAlive: { _ in true })
    #expect(plain.size == nil)
    #expect(plain.rank == 0)
    #expect(plain.firstOfCommandLine == 0)
    #expect(!plain.isLeftOver && !plain.isOnOneHost)
  }

  @Test func jobHasSizeAndRank() {
    #expect(rank(3, of: "4").size == 4)
    #expect(rank(3, of: "4").rank == 3)
  }

  @Test func ranksOfOneCommandLineHaveTheSameFirstOne() {
    #expect((0..<4).map { rank($0, of: "4").firstOfCommandLine } == [0, 0, 0, 0])
    #expect((0..<4).map { rank($0, of: "1 3").firstOfCommandLine } == [0, 1, 1, 1])
    #expect((0..<4).map { rank($0, of: "2 1 1").firstOfCommandLine } == [0, 0, 2, 3])
    // Open MPI 5 does not say.
    #expect((0..<4).map { rank($0, of: "").firstOfCommandLine } == [0, 0, 0, 0])
  }

  @Test func ranksOfOneHostKnowIt() {
    #expect(rank(0, of: "4").isOnOneHost)
    #expect(!rank(0, of: "4", local: 2).isOnOneHost)
  }

  @Test func withoutItsLauncherItIsNoRank() {
    let launch = LaunchEnvironment(
      ["OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "1"], isAlive: { _ in false })
    #expect(launch.isLeftOver)
    #expect(launch.size == nil && launch.rank == 0 && launch.firstOfCommandLine == 0)
  }
}

@Suite struct LauncherTests {
  private func launcher(_ address: String) -> Launcher {
    Launcher(["PMIX_SERVER_URI2": address, "PMIX_SERVER_URI41": address, "PMIX_RANK": "1"])
  }

  @Test func listensAtTheAddressOfItsVariables() {
    let launcher = launcher("1857290240.0;tcp4://127.0.0.1:38917")
    #expect(launcher.addresses.count == 1)
    #expect(launcher.isAlive(listening: [80, 38917]))
    #expect(!launcher.isAlive(listening: [80]))
    #expect(self.launcher("prterun-vm-729@0.0;tcp6://[fd00::2]:443").isAlive(listening: [443]))
  }

  @Test func isAliveWhereThatCannotBeTold() {
    #expect(launcher("1857290240.0;tcp4://127.0.0.1:38917").isAlive(listening: nil))
    #expect(launcher("1857290240.0:/tmp/pmix-586").isAlive(listening: []))
    #expect(launcher("1.0;tcp4://127.0.0.1:none").isAlive(listening: []))
  }

  @Test func withoutAnAddressThereIsNone() {
    #expect(!Launcher(["OMPI_COMM_WORLD_SIZE": "2"]).isAlive(listening: nil))
  }

  /// A real socket, before and after it is closed.
  @Test func findsWhoListens() throws {
    let listener = try Listener()
    let launcher = launcher("1.0;tcp4://127.0.0.1:\(listener.port)")
    #expect(launcher.isAlive)
    listener.close()
    #expect(!launcher.isAlive)
  }
}
