import TestSupport
import Testing

@Suite("training under mpirun")
struct RankTrainingTests {
  @Test(
    "all ways to divide the shards give the weights of one rank, bit for bit",
    arguments: [
      // Shards, then the workers of each rank.
      [4, 4], [4, 2, 2], [4, 1, 1, 1, 1], [5, 1, 2], [7, 1, 1, 1], [6, 3, 1],
    ])
  func layouts(_ numbers: [Int]) throws {
    let run = try MPIRun.run(
      ranks: numbers.count - 1, ["training"] + numbers.map(String.init), timeoutSeconds: 120)
    #expect(run.exitCode == 0, "\(run.errors)")
  }

  @Test("the same over TCP, where operations end out of order")
  func overTCP() throws {
    let run = try MPIRun.run(
      ranks: 3, ["training", "5", "1", "2", "1"],
      options: ["--mca", "btl", "tcp,self", "--mca", "btl_tcp_if_include", "lo"],
      timeoutSeconds: 120)
    #expect(run.exitCode == 0, "\(run.errors)")
  }

  @Test(
    "statistics over all shards are the same for any division over ranks",
    arguments: [[1, 1], [2, 1], [1, 2, 1]])
  func acrossShards(_ workers: [Int]) throws {
    let run = try MPIRun.run(
      ranks: workers.count, ["training-across-shards"] + workers.map(String.init),
      timeoutSeconds: 120)
    #expect(run.exitCode == 0, "\(run.errors)")
  }

  @Test(
    "devices of a mesh give the same weights as threads and as ranks, bit for bit",
    arguments: [
      ["1x2", "1", "1"], ["2x2", "2", "2"], ["2x2", "1", "1", "1", "1"], ["1x4", "2", "2"],
      ["4x2", "4", "4"],
    ])
  func meshes(_ arguments: [String]) throws {
    let run = try MPIRun.run(
      ranks: arguments.count - 1, ["training-mesh"] + arguments, timeoutSeconds: 120)
    #expect(run.exitCode == 0, "\(run.errors)")
  }

  @Test(
    "devices send what the formulas say, to the byte",
    arguments: [(2, "1x2"), (4, "2x2"), (4, "1x4"), (2, "2x1")])
  func meshBytes(ranks: Int, mesh: String) throws {
    let run = try MPIRun.run(ranks: ranks, ["mesh-bytes", mesh], timeoutSeconds: 120)
    #expect(run.exitCode == 0, "\(run.errors)")
  }

  @Test("other weights are noticed")
  func otherSeed() throws {
    let run = try MPIRun.run(ranks: 2, ["training-other-seed"])
    #expect(run.exitCode != 0)
    #expect(run.tandemErrors.contains { $0.contains("other seed, sharing memory: weights: value") })
  }
}
