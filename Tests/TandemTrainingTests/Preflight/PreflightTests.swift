import TestSupport
import Testing

@Suite("Preflight under mpirun")
struct PreflightTests {
  @Test(
    "ranks that agree go on, whatever the data's folder is called",
    arguments: [1, 2, 4], ["nothing", "name"])
  func agreement(ranks: Int, what: String) throws {
    let run = try MPIRun.run(ranks: ranks, ["preflight", what])
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.errors == "")
  }

  @Test(
    "ranks that differ are refused, both named",
    arguments: [
      ("seed", "seed 1", "0; start all ranks with the same options"),
      ("batch size", "batch size 128", "64; start all ranks with the same options"),
      ("wire", "numbers between ranks bf16", "fp32; start all ranks with the same options"),
      ("data", "training data 40 images [1, 24, 24] of 3 classes with the digest", "the same data"),
      ("network", "network small with the digest", "start all ranks with the same options"),
      ("optimizer", "optimizer SGD(momentum: 0.5", "SGD(momentum: 0.9"),
      ("normalization", "normalization with means [0.5]", "with means [0.0]"),
    ])
  func refusal(what: String, other: String, first: String) throws {
    let run = try MPIRun.run(ranks: 2, ["preflight", what])
    #expect(run.exitCode != 0)
    #expect(!run.isTimedOut)
    #expect(run.errorLines.count == 1, "\(run.errors)")
    let line = try #require(run.tandemErrors.first, "\(run.errors)")
    let pattern =
      #/^tandem: error: rank 1 \(host [^)]+\) has (.+), rank 0 \(host [^)]+\) has (.+)$/#
    let match = try #require(line.firstMatch(of: pattern), "\(line)")
    #expect(match.1.hasPrefix(other))
    #expect(match.2.contains(first))
  }
}
